// `node embedded-process.ts FOLDER NAME ROLE`: one of several processes that have the same embedded state open.
// Waits for a line on standard input, does its role, and prints one line for each thing that was acknowledged.
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import { openEmbeddedObjects } from "../../shared/embedded/objects.ts";
import { openEmbeddedQueue } from "../../shared/embedded/queue.ts";
import { ItemsConditionFailed, type Write } from "../../shared/ports/items.ts";
import { seededBytes } from "../support/seeded-random.ts";

const [folder = "", name = "", role = ""] = process.argv.slice(2);
const writersEach = 5;
const objectBytes = 20_000;

const items = openEmbeddedItems(join(folder, "state.db"));
const queue = openEmbeddedQueue(join(folder, "state.db"), "jobs");
const objects = openEmbeddedObjects(folder);

/** Writes without end; the parent kills the process in the middle of it. */
async function writeUntilKilled(): Promise<void> {
  const acknowledge = (what: string) => process.stdout.write(`${what}\n`);
  const writeItems = async () => {
    for (let i = 0; ; i++) {
      const id = `${name}-${i}`;
      await items.write([
        { put: { pk: "rows", sk: id, gpk: "listed", gsk: id, data: { name } }, if: { absent: true } },
        { add: { pk: "count", sk: name }, attribute: "rows", amount: 1 },
      ]);
      acknowledge(`item ${id}`);
    }
  };
  const sendMessages = async () => {
    for (let i = 0; ; i++) {
      await queue.send(`${name}-${i}`);
      acknowledge(`message ${name}-${i}`);
    }
  };
  const putObjects = async () => {
    for (let i = 0; ; i++) {
      const put = i % 2 ? objects.put.bind(objects) : objects.putIfAbsent.bind(objects);
      await put(`images/${name}/${i}`, seededBytes(i, objectBytes), { contentType: `image/${i}` });
      acknowledge(`object ${name}/${i}`);
    }
  };
  await Promise.all([writeItems(), sendMessages(), putObjects()]);
}

/** Tries each of the race's writes once for every writer; prints the ones that won. */
async function race(): Promise<void> {
  const account = { pk: "race", sk: "account" };
  const contests: { readonly [contest: string]: (writer: string) => readonly Write[] } = {
    absent: (writer) => [{ put: { pk: "race", sk: "absent", data: { writer } }, if: { absent: true } }],
    version: (writer) => [{ put: { pk: "race", sk: "version", data: { writer } }, if: { version: 1 } }],
    atLeast: (writer) => [
      { add: account, attribute: "balance", amount: -1, if: { attribute: "balance", atLeast: 1 } },
      { put: { pk: "race", sk: `receipt-${writer}`, data: {} } },
    ],
    add: () => [{ add: { pk: "race", sk: "add" }, attribute: "n", amount: 1 }],
  };
  const writers = Array.from({ length: writersEach }, (_, i) => `${name}-${i}`);
  for (const [contest, writes] of Object.entries(contests)) {
    await Promise.all(
      writers.map(async (writer) => {
        try {
          await items.write(writes(writer));
          console.log(`${contest} ${writer}`);
        } catch (error) {
          if (!(error instanceof ItemsConditionFailed)) throw error;
        }
      }),
    );
  }
  const created = writers.map((writer) => objects.putIfAbsent("race", Buffer.from(writer), { contentType: writer }));
  for (const [i, mine] of (await Promise.all(created)).entries()) if (mine) console.log(`object ${writers[i]}`);
}

/** Takes messages until there are none; prints each. */
async function receive(): Promise<void> {
  for (;;) {
    const messages = await queue.receive({ max: 3, visibilityMs: 600_000 });
    if (messages.length === 0) return;
    for (const { body } of messages) console.log(`message ${body}`);
  }
}

/** Waits for one message after the other and answers each with its body, until one says stop. */
async function echo(): Promise<void> {
  for (;;) {
    for (const { body, receipt } of await queue.receive({ visibilityMs: 600_000, waitMs: 20_000 })) {
      await queue.delete(receipt);
      if (body === "stop") return;
      console.log(`message ${body}`);
    }
  }
}

const roles: { readonly [role: string]: () => Promise<void> } = { writeUntilKilled, race, receive, echo };
const lines = createInterface({ input: process.stdin });
console.log("ready");
await once(lines, "line");
lines.close();
await roles[role]!();
await queue.close();
await items.close();
