import { expect, it } from "vitest";
import { sampleJob, sampleParams } from "../../test/support/api/sample-job.ts";
import { type LinePosition, lineKey, lineWrites, nowhere, waitKey, workOf } from "./waiting-line.ts";

const job = sampleJob("1", Date.UTC(2026, 0, 1));
const work = workOf(job.params);
const waiting: LinePosition = { place: "waiting" };
const ready: LinePosition = { place: "ready", releasedAt: 5 };
const drawing: LinePosition = { place: "drawing", releasedAt: 5, begunAt: 9 };

/** What the writes of a move add to the line, and which rows they put and delete. */
function move(from: LinePosition, to: LinePosition) {
  const writes = lineWrites(job, from, to);
  const kind = (pk: string) => pk.split("#")[0];
  return {
    add: writes.flatMap((write) => ("amounts" in write ? [write.amounts] : [])),
    put: writes.flatMap((write) => ("put" in write ? [kind(write.put.pk)] : [])),
    deleted: writes.flatMap((write) => ("delete" in write ? [kind(write.delete.pk)] : [])),
  };
}

it("measures work in hundredths of a megapixel and network call, rounded up", () => {
  expect(workOf({ ...sampleParams, width: 1_000, height: 1_000, n: 2, steps: 3 })).toBe(600);
  expect(workOf({ ...sampleParams, width: 1_000, height: 1_000, n: 1, steps: 3, sampler: "heun" })).toBe(500);
  expect(work).toBe(1);
});

it("joins the line, is released, begins and ends", () => {
  expect(move(nowhere, waiting)).toEqual({
    add: [{ waiting: 1, work, ready: 0, entered: 1 }],
    put: ["WAIT", "ACTIVE"],
    deleted: [],
  });
  expect(move(waiting, ready)).toEqual({
    add: [{ waiting: -1, work: -work, ready: 1 }],
    put: ["RELEASED"],
    deleted: ["WAIT"],
  });
  expect(move(ready, drawing)).toEqual({ add: [{ waiting: 0, work: 0, ready: -1 }], put: ["RELEASED"], deleted: [] });
  expect(move(drawing, nowhere)).toEqual({ add: [], put: [], deleted: ["RELEASED"] });
});

it("writes nothing where nothing moves, and a new row where a job is released again", () => {
  for (const place of [nowhere, waiting, ready, drawing])
    expect(move(place, place)).toEqual({ add: [], put: [], deleted: [] });
  expect(move(drawing, { place: "ready", releasedAt: 11 })).toMatchObject({ put: ["RELEASED"], deleted: ["RELEASED"] });
});

it("keeps the line of each lane and account apart, oldest job first", () => {
  const later = waitKey({ ...job, id: "job_0", createdAt: job.createdAt + 1 });
  expect(waitKey(job).pk).toBe(later.pk);
  expect(waitKey(job).sk < later.sk).toBe(true);
  expect(waitKey({ ...job, lane: "batch" }).pk).not.toBe(later.pk);
  expect(lineKey("acc_1", "batch")).not.toEqual(lineKey("acc_1", "interactive"));
});
