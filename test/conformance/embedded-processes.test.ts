import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import { openEmbeddedObjects } from "../../shared/embedded/objects.ts";
import { openEmbeddedQueue } from "../../shared/embedded/queue.ts";
import { seededBytes, seededRandom } from "../support/seeded-random.ts";
import { temporaryFolder } from "./temporary-folder.ts";

type Role = "writeUntilKilled" | "race" | "receive" | "echo";

/** A process on the state in `folder`. `lines` grows with what it prints. */
class StateProcess {
  readonly lines: string[] = [];
  readonly ended: Promise<unknown>;
  readonly #child: ChildProcess;
  readonly #watchers = new Set<() => void>();

  constructor(folder: string, name: string, role: Role) {
    const script = fileURLToPath(new URL("./embedded-process.ts", import.meta.url));
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", script, folder, name, role], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#child = child;
    // A last line without its end was cut by the kill: not an acknowledgement.
    createInterface({ input: child.stdout }).on("line", (line) => {
      this.lines.push(line);
      for (const watcher of this.#watchers) watcher();
    });
    this.ended = once(child, "close").then(() => {
      for (const watcher of this.#watchers) watcher();
    });
    onTestFinished(() => this.kill());
  }

  begin(): void {
    this.#child.stdin?.write("go\n");
  }

  /** Until it has printed this many lines. */
  printed(count: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (this.lines.length >= count) resolve();
        else if (this.#child.exitCode !== null) reject(new Error(`ended after ${this.lines.length} of ${count} lines`));
      };
      this.#watchers.add(look);
      look();
    });
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.ended;
  }
}

async function startAll(folder: string, names: readonly string[], role: Role): Promise<StateProcess[]> {
  const processes = names.map((name) => new StateProcess(folder, name, role));
  await Promise.all(processes.map((process) => process.printed(1)));
  for (const process of processes) process.begin();
  return processes;
}

describe("embedded state in several processes", () => {
  const names = ["p", "q", "r", "s"];

  it("lets one of 20 writers in 4 processes win", async () => {
    const folder = temporaryFolder();
    const items = openEmbeddedItems(join(folder, "state.db"));
    await items.write([
      { put: { pk: "race", sk: "version", data: {} } },
      { put: { pk: "race", sk: "account", data: { balance: 7 } } },
    ]);
    const processes = await startAll(folder, names, "race");
    await Promise.all(processes.map(({ ended }) => ended));
    const won = Map.groupBy(
      processes.flatMap(({ lines }) => lines.slice(1)),
      (line) => line.split(" ")[0]!,
    );
    const winners = (contest: string) => (won.get(contest) ?? []).map((line) => line.split(" ")[1]!);
    const data = async (sk: string) => (await items.get({ pk: "race", sk }))?.data;
    for (const contest of ["absent", "version"]) {
      expect(winners(contest)).toHaveLength(1);
      expect(await data(contest)).toEqual({ writer: winners(contest)[0] });
    }
    expect(winners("atLeast")).toHaveLength(7);
    expect(await data("account")).toEqual({ balance: 0 });
    const receipts = await items.query({ index: "main", partition: "race", prefix: "receipt-" });
    expect(receipts.items.map(({ sk }) => sk)).toEqual(
      winners("atLeast")
        .map((writer) => `receipt-${writer}`)
        .sort(),
    );
    expect(winners("add")).toHaveLength(20);
    expect(await data("add")).toEqual({ n: 20 });
    expect(winners("object")).toHaveLength(1);
    const object = await openEmbeddedObjects(folder).get("race");
    expect([object?.contentType, Buffer.from(object!.body).toString()]).toEqual([
      winners("object")[0],
      winners("object")[0],
    ]);
    await items.close();
  });

  it("gives each of 100 messages to one of 4 processes", async () => {
    const folder = temporaryFolder();
    const queue = openEmbeddedQueue(join(folder, "state.db"), "jobs");
    const bodies = Array.from({ length: 100 }, (_, i) => `message ${i}`);
    await Promise.all(bodies.map((body) => queue.send(body.slice("message ".length))));
    const processes = await startAll(folder, names, "receive");
    await Promise.all(processes.map(({ ended }) => ended));
    expect(processes.flatMap(({ lines }) => lines.slice(1)).sort()).toEqual(bodies.sort());
    await queue.close();
  });

  it("wakes a receiver in another process", { timeout: 15_000 }, async () => {
    const folder = temporaryFolder();
    const queue = openEmbeddedQueue(join(folder, "state.db"), "jobs");
    const [receiver] = await startAll(folder, ["p"], "echo");
    for (let i = 0; i < 5; i++) {
      await queue.send(`${i}`);
      await receiver!.printed(i + 2);
      expect(receiver!.lines.at(-1)).toBe(`message ${i}`);
    }
    await queue.send("stop");
    await receiver!.ended;
    await queue.close();
  });
});

describe("embedded state and kill -9", () => {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32));

  it(`loses nothing that was acknowledged (SEED=${seed})`, async () => {
    const random = seededRandom(seed);
    const folder = temporaryFolder();
    const acknowledged: string[] = [];
    for (let round = 0; round < 6; round++) {
      const [victim, survivor] = await startAll(folder, [`a${round}`, `b${round}`], "writeUntilKilled");
      await victim!.printed(2 + Math.floor(random() * 120));
      await new Promise((resolve) => setTimeout(resolve, random() * 15));
      await victim!.kill();
      // The other process goes on at once: the dead one's locks are gone with it.
      await survivor!.printed(survivor!.lines.length + 30);
      await survivor!.kill();
      acknowledged.push(...[victim!, survivor!].flatMap(({ lines }) => lines.slice(1)));
      await checkAcknowledged(folder, acknowledged);
    }
    expect(acknowledged.length).toBeGreaterThan(6 * 30);
  });
});

/** Every acknowledged thing is there whole, and no atomic write was done by half. */
async function checkAcknowledged(folder: string, acknowledged: readonly string[]): Promise<void> {
  const ids = (kind: string) =>
    acknowledged.filter((line) => line.startsWith(`${kind} `)).map((line) => line.slice(kind.length + 1));

  const items = openEmbeddedItems(join(folder, "state.db"));
  const rows = new Map<string, number>();
  const stored = new Set<string>();
  for (let cursor: string | undefined; ; ) {
    const page = await items.query({ index: "gsi1", partition: "listed", limit: 1000, cursor: cursor || undefined });
    for (const { sk, data } of page.items) {
      stored.add(sk);
      rows.set(String(data.name), (rows.get(String(data.name)) ?? 0) + 1);
    }
    if (page.cursor === undefined) break;
    cursor = page.cursor;
  }
  expect(
    ids("item").filter((id) => !stored.has(id)),
    "lost items",
  ).toEqual([]);
  const counts = await items.query({ index: "main", partition: "count", limit: 1000 });
  expect(new Map(counts.items.map(({ sk, data }) => [sk, data.rows])), "rows and their counts").toEqual(rows);
  await items.close();

  const queue = openEmbeddedQueue(join(folder, "state.db"), "jobs");
  const messages = new Set<string>();
  const receipts: string[] = [];
  for (;;) {
    const received = await queue.receive({ max: 10, visibilityMs: 600_000 });
    if (received.length === 0) break;
    for (const { body, receipt } of received) {
      expect(messages.has(body), `message ${body} twice`).toBe(false);
      messages.add(body);
      receipts.push(receipt);
    }
  }
  expect(
    ids("message").filter((id) => !messages.has(id)),
    "lost messages",
  ).toEqual([]);
  await Promise.all(receipts.map((receipt) => queue.extend(receipt, 0)));
  await queue.close();

  const objects = openEmbeddedObjects(folder);
  for (const id of ids("object")) {
    const i = Number(id.split("/")[1]);
    const object = await objects.get(`images/${id}`);
    expect(object?.contentType, id).toBe(`image/${i}`);
    expect(Buffer.from(object!.body).equals(seededBytes(i, object!.bytes)), id).toBe(true);
  }
  // What a killed process was writing is either not there or whole.
  for (const { key, bytes } of (await objects.list("images/", { limit: 100_000 })).objects) {
    expect(bytes, key).toBe(20_000);
  }
}
