import { expect, it } from "vitest";
import { sampleJob } from "../../test/support/api/sample-job.ts";
import { openEmbeddedItems } from "../embedded/items.ts";
import type { Job } from "../job.ts";
import { failureWrites, readFailures } from "./failure-counts.ts";

const now = Date.parse("2026-02-01T00:30:00Z");
const hourMs = 3_600_000;

it("counts why jobs failed or expired, by the hour, across midnight", async () => {
  const items = openEmbeddedItems(":memory:");
  const end = async (at: number, changes: Partial<Job>) => {
    const writes = failureWrites(sampleJob("1", at, changes), at);
    if (writes.length > 0) await items.write(writes);
  };
  const error = (code: string) => ({ code, message: "m", retryable: false });
  await end(now, { status: "failed", error: error("out_of_memory") });
  await end(now, { status: "failed", error: error("out_of_memory") });
  await end(now - hourMs, { status: "failed", error: error("worker_lost") });
  await end(now - 2 * hourMs, { status: "expired" });
  await end(now - 3 * hourMs, { status: "failed" });
  await end(now, { status: "succeeded" });
  await end(now, { status: "canceled" });
  expect(await readFailures(items, { hours: 3, now })).toEqual([
    { code: "out_of_memory", count: 2 },
    { code: "worker_lost", count: 1 },
    { code: "expired", count: 1 },
  ]);
  expect(await readFailures(items, { hours: 24, now })).toContainEqual({ code: "internal_error", count: 1 });
  await items.close();
});
