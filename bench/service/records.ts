import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSigningKey } from "../../gpu-worker/provenance/c2pa/signing-key.ts";
import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import { checkRecords } from "../../shared/records/check-records.ts";
import { proofKey, proofWrite } from "../../shared/records/job-proof.ts";
import { keepRecords } from "../../shared/records/keep-records.ts";
import { sampleJob } from "../../test/support/api/sample-job.ts";
import { type Report, reportOf } from "../report.ts";

const count = 100_000;
const dayMs = 86_400_000;
const start = Date.UTC(2026, 10, 29);
const range = { from: "2026-11-29", to: "2026-11-30" };

/**
 * Time to chain and to check the records of a day with 100,000 jobs, in a file of SQLite.
 * @returns whether a removed one is found
 */
export async function benchRecords(report: Report): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), "records-"));
  const items = openEmbeddedItems(join(folder, "items.db"));
  const tell = reportOf("records", report);
  const timed = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    const started = performance.now();
    const result = await work();
    tell(what, (performance.now() - started) / 1_000, "s", `${count} records`);
    return result;
  };
  try {
    const signer = await openSigningKey(join(folder, "key"));
    const endOf = (i: number) => start + Math.floor((i * dayMs) / count);
    const jobOf = (i: number) => sampleJob(String(i), endOf(i), { status: "succeeded", finishedAt: endOf(i) });
    for (let i = 0; i < count; i += 100) {
      const some = Array.from({ length: 100 }, (_, j) => proofWrite(jobOf(i + j), { at: endOf(i + j), exp: 4e9 }));
      await items.write(some);
    }
    const jobs = { get: async (id: string) => jobOf(Number(id.slice("job_".length))) };
    const clock = { now: () => start + dayMs + dayMs / 2 };
    await timed("chain and sign", () => keepRecords({ items, jobs, clock, everyMs: 60_000, signer }));
    const { records, faultCount } = await timed("verify", () => checkRecords(items, { ...range, now: clock.now() }));
    await items.write([{ delete: proofKey("job_777", endOf(777)) }]);
    const removed = await checkRecords(items, { ...range, now: clock.now() });
    return records === count && faultCount === 0 && removed.faultCount === 1;
  } finally {
    await items.close();
    await rm(folder, { recursive: true });
  }
}
