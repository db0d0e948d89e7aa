import { expect, it } from "vitest";
import { sampleJob } from "../../test/support/api/sample-job.ts";
import { isFiltered, isListed, jobIdOf, jobSortKey, labelPartition, labelWrites, statusWrite } from "./job-filters.ts";

const job = sampleJob("1", 1_000, { metadata: { shop: "a", day: "1" } });

it("writes a row for each label of a new job, and one for its status once it ends", () => {
  expect(labelWrites(job).map((write) => "put" in write && write.put.pk)).toEqual([
    labelPartition("acc_1", ["shop", "a"]),
    labelPartition("acc_1", ["day", "1"]),
  ]);
  expect(statusWrite({ ...job, status: "failed" })).toMatchObject({
    put: { pk: "ACC#acc_1#JOBS#STATUS#failed", sk: jobSortKey(job) },
  });
});

it("keeps labels apart whose parts join to the same text", () => {
  expect(labelPartition("acc_1", ["a", 'b","c'])).not.toBe(labelPartition("acc_1", ['a","b', "c"]));
});

it("finds the job of a sort key", () => {
  expect(jobIdOf(jobSortKey(job))).toBe("job_1");
});

it("lists a job that has the status and every label asked for", () => {
  const query = { accountId: "acc_1", limit: 1 };
  expect([isFiltered(query), isFiltered({ ...query, metadata: {} })]).toEqual([false, false]);
  expect(isListed({ ...query, status: "queued", metadata: { shop: "a" } }, job)).toBe(true);
  expect(isListed({ ...query, status: "failed" }, job)).toBe(false);
  expect(isListed({ ...query, metadata: { shop: "a", day: "2" } }, job)).toBe(false);
});
