import { expect, it } from "vitest";
import { costCases, costOf } from "./aws-cost.ts";
import { isOwn, partitionKind } from "./count-requests.ts";

/** Most write units of a job, and of the busiest partition that all jobs share. */
const targets = [
  { writeUnits: 45, shared: 1 },
  { writeUnits: 60, shared: 1 },
  { writeUnits: 100, shared: 1 },
];

it.each(
  costCases.map((one, i) => ({ ...one, ...targets[i]! })),
)("$name: at most $writeUnits write units, $shared of them to one shared partition", async ({
  writeUnits,
  shared,
  ...one
}) => {
  const cost = await costOf(one);
  expect(cost.writeUnits).toBeLessThanOrEqual(writeUnits);
  expect(cost.busiestShared.units).toBeLessThanOrEqual(shared);
  // Nothing is left out: both ways of adding up are all of it.
  const total = (units: ReadonlyMap<string, number>) => [...units.values()].reduce((sum, each) => sum + each, 0);
  expect(total(cost.byStage)).toBeCloseTo(total(cost.byPartition));
});

it("takes for shared what has no id in it", () => {
  const ulid = "01JDZZZZZZZZZZZZZZZZZZZZZZ";
  expect(partitionKind({ index: "gsi1", partition: `ACC#acc_${ulid}#JOBS` })).toBe("gsi1 ACC#<acc>#JOBS");
  expect(partitionKind({ index: "main", partition: `JOB#job_${ulid}` })).toBe("JOB#<job>");
  expect(partitionKind({ index: "due", partition: "DUE#jobs#15" })).toBe("due DUE#jobs#*");
  expect(["due DUE#jobs#*", "TOTALS", "JOB#<job>"].map(isOwn)).toEqual([false, false, true]);
});
