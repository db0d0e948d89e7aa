import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openSigningKey } from "../gpu-worker/provenance/c2pa/signing-key.ts";
import { openEmbeddedItems } from "../shared/embedded/items.ts";
import { proofKey, proofWrite } from "../shared/records/job-proof.ts";
import { keepRecords } from "../shared/records/keep-records.ts";
import { readRecordKeys } from "../shared/records/record-key.ts";
import { sampleJob } from "../test/support/api/sample-job.ts";

const at = Date.UTC(2026, 10, 29, 12);
let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "records-"));
  const items = openEmbeddedItems(join(dataDir, "items.db"));
  const signer = await openSigningKey(join(dataDir, "content-credentials"));
  const jobs = ["a", "b"].map((id, i) =>
    sampleJob(id, at, { accountId: `acc_${id}`, status: "succeeded", finishedAt: at + i }),
  );
  const [promptKey] = readRecordKeys({ RECORD_KEY: key });
  await items.write(jobs.map((job) => proofWrite(job, { at: job.finishedAt!, exp: 4e9, promptKey })));
  const get = async (id: string) => jobs.find((job) => job.id === id);
  await keepRecords({ items, jobs: { get }, clock: { now: () => at + 2 * 86_400_000 }, everyMs: 1, signer });
  await items.close();
});
afterEach(() => rm(dataDir, { recursive: true }));

const key = "ab".repeat(32);

function records(...args: string[]) {
  return recordsWith({}, ...args);
}

function recordsWith(more: { [name: string]: string }, ...args: string[]) {
  const script = join(import.meta.dirname, "records.ts");
  const env = { PATH: process.env.PATH, DATA_DIR: dataDir, ...more };
  return new Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>((resolve) => {
    const command = ["--disable-warning=ExperimentalWarning", script, ...args];
    const child = execFile(process.execPath, command, { env }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

const days = ["--from", "2026-11-29", "--to", "2026-11-30"];

it("verifies, exports and erases", async () => {
  expect(await records("verify", ...days)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("2 records (0 erased), 0 faults"),
  });
  const lines = (await records("export", ...days)).stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.map(({ day, key, root }) => [day, key?.slice(-6) ?? root])).toEqual([
    ["2026-11-29", "#job_a"],
    ["2026-11-29", "#job_b"],
    ["2026-11-29", true],
    ["2026-11-30", true],
  ]);
  expect(await records("erase", "--account", "acc_a", ...days)).toMatchObject({
    code: 0,
    stdout: "erased 1 records of acc_a\n",
  });
  expect((await records("verify", ...days)).stdout).toContain("2 records (1 erased), 0 faults");
});

it("exits with 1 when a record was removed, or a root is another signer's", async () => {
  const other = join(dataDir, "other");
  await openSigningKey(other);
  const byOther = await records("verify", ...days, "--certificate", join(other, "chain.pem"));
  expect(byOther).toMatchObject({ code: 1, stdout: expect.stringContaining("signed by another certificate") });
  const items = openEmbeddedItems(join(dataDir, "items.db"));
  await items.write([{ delete: proofKey("job_b", at + 1) }]);
  await items.close();
  expect(await records("verify", ...days)).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/#job_b: the record was removed.*\n.*1 faults/),
  });
});

it.each([
  ["no command", [], "expected verify, export or erase"],
  ["a day that is none", ["verify", "--from", "yesterday"], "--from must be a day"],
  ["an erasure of nobody's", ["erase"], "--account"],
  ["an unknown option", ["verify", "--colour"], "--colour"],
])("refuses %s", async (_, args, message) => {
  expect(await records(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
});

it("does not take a file of certificates that is not there", async () => {
  expect(await records("verify", "--certificate", join(dataDir, "nowhere"))).toMatchObject({ code: 2 });
});

it("exports prompts to who has their key, and to nobody else", async () => {
  expect((await records("export", ...days)).stdout).not.toContain("a fox");
  const lines = (await recordsWith({ RECORD_KEY: key }, "export", "--decrypt", ...days)).stdout.trim().split("\n");
  expect(lines.map((line) => JSON.parse(line).prompt)).toEqual(["a fox", "a fox", undefined, undefined]);
  expect(await records("export", "--decrypt", ...days)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("RECORD_KEY"),
  });
});

it("knows roots that a former key of the data folder signed", async () => {
  await rm(join(dataDir, "content-credentials"), { recursive: true });
  await openSigningKey(join(dataDir, "content-credentials"));
  expect(await records("verify", ...days)).toMatchObject({ code: 0, stdout: expect.stringContaining("0 faults") });
  await rm(join(dataDir, "content-credentials-history"), { recursive: true });
  expect(await records("verify", ...days)).toMatchObject({
    code: 1,
    stdout: expect.stringContaining("signed by another certificate"),
  });
});
