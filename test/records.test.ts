import { X509Certificate } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openSigningKey } from "../gpu-worker/provenance/c2pa/signing-key.ts";
import { openDynamoItems } from "../shared/aws/items.ts";
import { openEmbeddedItems } from "../shared/embedded/items.ts";
import type { Job } from "../shared/job.ts";
import type { Items } from "../shared/ports/items.ts";
import { checkRecords } from "../shared/records/check-records.ts";
import { type RootSigner, rootPartition, rootRecord } from "../shared/records/day-root.ts";
import { eraseRecords } from "../shared/records/erase-records.ts";
import { type ExportedLine, exportRecords, openPrompt } from "../shared/records/export-records.ts";
import { digestOf, promptHash, proofKey, proofWrite } from "../shared/records/job-proof.ts";
import { keepRecords } from "../shared/records/keep-records.ts";
import { dayStart, linkHash, segmentPartition, segmentRecord } from "../shared/records/record-chain.ts";
import { readRecordKeys } from "../shared/records/record-key.ts";
import { sampleJob } from "./support/api/sample-job.ts";
import { createMemoryDynamoDb } from "./support/aws/memory-dynamodb.ts";

const noon = Date.UTC(2026, 10, 29, 12);
const dayMs = 86_400_000;
const range = { from: "2026-11-29", to: "2026-12-02" };

let folder: string;
let signer: RootSigner;
let items: Items;
let now: number;
const jobs = new Map<string, Job>();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "records-"));
  signer = await openSigningKey(join(folder, "ours"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(() => {
  now = noon;
  jobs.clear();
});
afterEach(() => items.close());

const keep = (with_: { signer?: RootSigner } = { signer }) =>
  keepRecords({
    items,
    jobs: { get: async (id) => jobs.get(id) },
    clock: { now: () => now },
    everyMs: 60_000,
    ...with_,
  });

/** A job that ends now, with its record. */
async function end(id: string, change: Partial<Job> = {}) {
  const job = sampleJob(id, now, { status: "succeeded", finishedAt: now, ...change });
  jobs.set(job.id, job);
  await items.write([proofWrite(job, { at: now, exp: now, salt: `salt ${id}` })]);
  now += 1_000;
  return job;
}

/** Two days with some records each, both closed. */
async function twoDays() {
  for (let i = 0; i < 5; i++) await end(`a${i}`, { accountId: `acc_${i % 2}` });
  now += dayMs;
  for (let i = 0; i < 3; i++) await end(`b${i}`);
  await keep();
  now += 2 * dayMs;
  await keep();
}

const check = () => checkRecords(items, { ...range, now });
async function exported(): Promise<ExportedLine[]> {
  const lines: ExportedLine[] = [];
  for await (const line of exportRecords(items, range)) lines.push(line);
  return lines;
}
const keyOf = (id: string) => proofKey(`job_${id}`, jobs.get(`job_${id}`)!.finishedAt!);
const textOf = async (id: string) => (await items.get(keyOf(id)))!.data.text as string;

describe.each(["SQLite", "DynamoDB"])("records in %s", (store) => {
  beforeEach(() => {
    items =
      store === "SQLite"
        ? openEmbeddedItems(":memory:")
        : openDynamoItems({
            client: createMemoryDynamoDb({ projections: { gsi1: "KEYS_ONLY", due: "KEYS_ONLY" } }),
            table: "jobs",
          });
  });

  it("says of a job what made it, without its prompt", async () => {
    await end("a", { images: [] });
    const text = await textOf("a");
    expect(text).not.toContain("a fox");
    expect(JSON.parse(text)).toEqual({
      v: 1,
      salt: "salt a",
      job: "job_a",
      account: "acc_1",
      key: "key_1",
      status: "succeeded",
      at: "2026-11-29T12:00:00.000Z",
      prompt_sha256: promptHash("salt a", "a fox"),
      parameters: expect.objectContaining({ model: "z-image-turbo", size: "64x64", steps: 1, seed: 1, n: 1 }),
      moderation: { prompt: "passed by lists" },
      images: [],
    });
  });

  it("says what judged a job, what it said, and which model drew it", async () => {
    const images = [
      { sha256: "ab".repeat(32), proof: { manifest: "urn:c2pa:1", look: "0f" } },
    ] as unknown as Job["images"];
    const madeBy = { worker: "1.2.3", modelSha256: "cd".repeat(32), imageJudges: ["classifier", "service"] } as const;
    const record = async (id: string, change: Partial<Job>) => {
      const job = sampleJob(id, now, { status: "succeeded", finishedAt: now, ...change });
      jobs.set(job.id, job);
      await items.write([proofWrite(job, { at: now, exp: now, madeBy })]);
      return JSON.parse(await textOf(id));
    };
    expect(await record("a", { images, moderation: { prompt: "service", inputs: "service" } })).toMatchObject({
      worker: "1.2.3",
      model_sha256: "cd".repeat(32),
      images: [{ sha256: "ab".repeat(32), manifest: "urn:c2pa:1", look: "0f" }],
      moderation: {
        prompt: "passed by lists, service",
        inputs: "passed by service",
        images: "passed by classifier, service",
      },
    });
    const error = {
      code: "content_policy",
      message: "the image is refused by the content rules of this service (sexual); x",
    };
    expect(await record("b", { status: "failed", error, moderation: { prompt: "unjudged" } })).toMatchObject({
      error: "content_policy",
      moderation: { prompt: "passed by lists, service gave no verdict", images: "refused: sexual" },
    });
  });

  it("seals the prompt where there is a key, and never that of a job with store: false", async () => {
    const keys = readRecordKeys({ RECORD_KEY: "ab".repeat(32) });
    for (const [id, change] of [
      ["a", {}],
      ["b", { unstored: {} }],
    ] as const) {
      const job = sampleJob(id, now, { status: "succeeded", finishedAt: now, ...change });
      jobs.set(job.id, job);
      await items.write([proofWrite(job, { at: now++, exp: now, promptKey: keys[0] })]);
    }
    now += 2 * dayMs;
    await keep();
    const lines = (await exported()).filter((line) => "key" in line);
    expect(JSON.stringify(lines)).not.toContain("a fox");
    expect(lines.map((line) => openPrompt(line, keys))).toEqual([{ prompt: "a fox" }, {}]);
    expect(lines.map((line) => openPrompt(line, readRecordKeys({ RECORD_KEY: "cd".repeat(32) })))).toEqual([{}, {}]);
    // Put into another record, it does not open.
    const moved = { ...lines[0]!, text: lines[0]!.text!.replace('"job_a"', '"job_b"') };
    expect(() => openPrompt(moved, keys)).toThrow("the prompt in the record of job_b was changed");
    expect((await check()).faults).toEqual([]);
  });

  it("chains records in the order in which their jobs ended, and closes a day with a signed root", async () => {
    await twoDays();
    expect(await check()).toEqual({ days: 3, records: 8, erased: 0, faults: [], faultCount: 0 });
    const certificates = [new X509Certificate(signer.chain[0]!).toString()];
    expect((await checkRecords(items, { ...range, now, certificates })).faultCount).toBe(0);
    expect((await checkRecords(items, { ...range, now, certificates: ["another"] })).faults[0]).toMatch(
      /another certificate/,
    );
    const lines = await exported();
    const records = lines.filter((line) => "key" in line);
    expect(records.map(({ text }) => JSON.parse(text!).job)).toEqual(
      ["a0", "a1", "a2", "a3", "a4", "b0", "b1", "b2"].map((id) => `job_${id}`),
    );
    // The chain can be computed again from the export alone.
    let head = dayStart("2026-11-29");
    for (const { day, key, text, link } of records) {
      if (day !== "2026-11-29") continue;
      head = linkHash(head, `${key} ${digestOf(text!)}`);
      expect(link).toBe(head);
    }
    const root = lines.find((line) => "root" in line);
    expect(JSON.parse(root!.text!)).toEqual({ day: "2026-11-29", records: 5, head, previous: expect.any(String) });
  });

  it("appends what is new now and then, and what came late when the day is closed", async () => {
    await end("a");
    now += 120_000;
    expect([await keep(), await keep()]).toEqual([1, 0]);
    await end("b");
    expect(await keep()).toBe(0);
    now += 120_000;
    expect(await keep()).toBe(1);
    // Written an hour after its time, by a machine that was cut off.
    const late = sampleJob("late", noon, { status: "failed", finishedAt: noon + 1 });
    jobs.set(late.id, late);
    await items.write([proofWrite(late, { at: noon + 1, exp: now })]);
    now += dayMs;
    expect(await keep()).toBe(1);
    expect(await check()).toMatchObject({ records: 3, faults: [] });
  });

  it("takes no record of an attempt whose job ended otherwise", async () => {
    const job = await end("a");
    await items.write([proofWrite({ ...job, status: "failed" }, { at: now, exp: now })]);
    now += dayMs;
    await keep();
    expect(await check()).toMatchObject({ records: 1, faults: [] });
  });

  it("two ticks at once append every record once", async () => {
    for (let i = 0; i < 20; i++) await end(String(i));
    now += dayMs;
    await Promise.all([keep(), keep(), keep()]);
    expect(await check()).toMatchObject({ records: 20, faults: [] });
  });

  it("says so where no key signs", async () => {
    await end("a");
    now += 2 * dayMs;
    await keep({});
    expect((await check()).faults).toEqual([
      "2026-11-29: its root is not signed",
      "2026-11-30: its root is not signed",
    ]);
  });

  it("keeps the chain whole when a person's records are erased", async () => {
    await twoDays();
    expect(await eraseRecords(items, { account: "acc_0", ...range, now })).toBe(3);
    expect(await eraseRecords(items, { account: "acc_0", ...range, now })).toBe(0);
    // One more: the record of the erasure.
    expect(JSON.stringify(await items.get(keyOf("a0")))).not.toContain("acc_0");
    expect(await check()).toMatchObject({ records: 8, erased: 3, faults: [] });
    const texts = (await exported()).filter((line) => "key" in line);
    expect(texts.filter(({ text }) => text === null)).toHaveLength(3);
  });

  describe("finds a record that was", () => {
    beforeEach(twoDays);

    it("removed", async () => {
      await items.write([{ delete: keyOf("a3") }]);
      expect((await check()).faults).toEqual([expect.stringMatching(/#job_a3: the record was removed/)]);
    });

    it("removed with all that came after it", async () => {
      now += 4 * dayMs;
      await keep();
      for (const day of ["2026-12-01", "2026-12-02", "2026-12-03", "2026-12-04", "2026-12-05"]) {
        await items.write([{ delete: { pk: rootPartition, sk: day } }]);
      }
      const all = await checkRecords(items, { from: range.from, to: "2026-12-06", now });
      expect(all.faults).toEqual([expect.stringMatching(/^2026-11-30: no day after it was closed/)]);
    });

    it("removed with all that came before it", async () => {
      await items.write([{ delete: { pk: rootPartition, sk: "2026-11-29" } }]);
      const late = await checkRecords(items, { from: "2026-11-30", to: range.to, now });
      expect(late.faults).toEqual([expect.stringMatching(/^2026-11-30: its root does not follow the root before it/)]);
    });

    it("marked as erased by somebody who erased nothing", async () => {
      await items.write([{ put: { ...keyOf("a3"), data: { erasedAt: now } } }]);
      const today = { from: range.from, to: new Date(now).toISOString().slice(0, 10), now };
      expect((await checkRecords(items, today)).faults).toEqual([
        "1 records are marked as erased, and no erasure of them is recorded",
      ]);
      expect(await eraseRecords(items, { account: "acc_0", ...today })).toBe(3);
      expect((await checkRecords(items, today)).faults).toEqual([
        "1 records are marked as erased, and no erasure of them is recorded",
      ]);
    });

    it("changed", async () => {
      const text = (await textOf("b1")).replace('"succeeded"', '"failed"');
      await items.write([{ put: { ...keyOf("b1"), data: { text } } }]);
      expect((await check()).faults).toEqual([expect.stringMatching(/#job_b1: the record was changed/)]);
    });

    it("added", async () => {
      await items.write([proofWrite(sampleJob("x", noon), { at: noon, exp: now })]);
      expect((await check()).faults).toEqual([
        expect.stringMatching(/#job_x: is a record that the chain does not have/),
      ]);
    });

    it("put in another place, even with hashes computed again", async () => {
      const partition = segmentPartition("2026-11-29");
      const [item] = (await items.query({ index: "main", partition })).items;
      const segment = segmentRecord.read(item!);
      const links = [segment.links[1]!, segment.links[0]!, ...segment.links.slice(2)];
      const write = (head: string) =>
        items.write([{ put: { pk: partition, sk: item!.sk, data: segmentRecord.write({ ...segment, links, head }) } }]);
      await write(segment.head);
      expect((await check()).faults).toEqual(["2026-11-29: its chain does not add up at link 4"]);
      await write(links.reduce(linkHash, dayStart("2026-11-29")));
      expect((await check()).faults).toEqual(["2026-11-29: its chain is not the one that its root was signed for"]);
    });

    it("removed with its link", async () => {
      const partition = segmentPartition("2026-11-30");
      const [item] = (await items.query({ index: "main", partition })).items;
      const segment = segmentRecord.read(item!);
      const links = segment.links.slice(0, -1);
      const head = links.reduce(linkHash, dayStart("2026-11-30"));
      await items.write([
        { put: { pk: partition, sk: item!.sk, data: segmentRecord.write({ ...segment, links, head }) } },
        { delete: keyOf("b2") },
      ]);
      expect((await check()).faults).toEqual([
        "2026-11-30: its root has 3 records, its chain 2",
        "2026-11-30: its chain is not the one that its root was signed for",
      ]);
    });

    it("in a day whose root was made anew by another, or taken away", async () => {
      const key = { pk: rootPartition, sk: "2026-11-29" };
      const root = rootRecord.read((await items.get(key))!);
      const text = root.text.replace('"records":5', '"records":4');
      await items.write([{ put: { ...key, data: rootRecord.write({ ...root, text }) } }]);
      expect((await check()).faults).toEqual([
        "2026-11-29: the signature of its root does not hold",
        "2026-11-29: its root has 4 records, its chain 5",
        "2026-11-30: its root does not follow the root before it: a day was removed or changed",
      ]);
    });
  });
});
