import { expect, it } from "vitest";
import { sampleJob } from "../../test/support/api/sample-job.ts";
import { openEmbeddedItems } from "../embedded/items.ts";
import { durationBounds, readJobTotals, totalWrite } from "./job-totals.ts";

it("counts each end, and the durations of jobs that succeeded, cumulatively", async () => {
  const items = openEmbeddedItems(":memory:");
  const succeeded = sampleJob("1", 1_000, { status: "succeeded" });
  for (const at of [2_000, 2_001, 1_000 + 1_800_001, 0]) await items.write([totalWrite(succeeded, at)]);
  await items.write([totalWrite(sampleJob("2", 1_000, { status: "failed" }), 9_000)]);
  const { ended, duration } = await readJobTotals(items);
  expect(ended).toEqual({ succeeded: 4, failed: 1, canceled: 0, expired: 0 });
  // 1,000 ms, 1,001 ms, more than half an hour, and a clock that went back.
  expect(duration).toMatchObject({ count: 4, sumMs: 1_000 + 1_001 + 1_800_001 + 0 });
  expect(duration.within).toEqual([2, ...durationBounds.slice(1).map(() => 3)]);
  await items.close();
});
