import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openEmbeddedItems } from "../embedded/items.ts";
import type { JobEvent } from "../job.ts";
import { type Items, ItemsConditionFailed } from "../ports/items.ts";
import { eventWrites, fromKeptLine, jobKey, keptEvents, newestSteps, readEvents, toKeptLine } from "./job-history.ts";

let items: Items;
beforeEach(() => {
  items = openEmbeddedItems(":memory:");
});
afterEach(() => items.close());

const line = (seq: number, type: JobEvent["type"], data: JobEvent["data"] = {}): JobEvent => {
  return { seq, at: 1_000 + seq, type, data };
};
/** As it happens: some lines are in the record, the others are items of their own. */
const history = [
  line(1, "queued"),
  line(2, "started", { attempt: 1 }),
  line(3, "step", { step: 1 }),
  line(4, "image", { index: 0 }),
  line(5, "step", { step: 2 }),
  line(6, "done"),
];

async function record(events: readonly JobEvent[]): Promise<void> {
  const lines = keptEvents([], events).map((event) => JSON.stringify(toKeptLine(event)));
  await items.write([{ put: { ...jobKey("job_1"), data: { lines } } }, ...eventWrites("job_1", events, 1_000)]);
}

const read = (afterSeq: number, limit: number) =>
  readEvents(items, "job_1", { afterSeq, limit }, ({ data }) =>
    (data.lines as string[]).map((text) => fromKeptLine(JSON.parse(text))),
  );

describe("a job's history", () => {
  it("is read in its order, wherever its lines lie, page by page", async () => {
    await record(history);
    expect(await read(0, 100)).toEqual(history);
    expect(await read(0, 3)).toEqual(history.slice(0, 3));
    expect(await read(3, 2)).toEqual(history.slice(3, 5));
    expect(await read(6, 100)).toEqual([]);
  });

  it("is that of this job", async () => {
    await record(history);
    await items.write(eventWrites("job_10", [line(7, "step")], 1_000));
    expect((await read(0, 100)).map(({ seq }) => seq)).not.toContain(7);
    expect(await readEvents(items, "job_2", { afterSeq: 0, limit: 9 }, () => history)).toEqual([]);
  });

  it("has its newest steps first, without its images", async () => {
    await record(history);
    expect((await newestSteps(items, "job_1", 10)).map(({ seq }) => seq)).toEqual([5, 3]);
    expect((await newestSteps(items, "job_1", 2)).map(({ seq }) => seq)).toEqual([5]);
  });

  it("refuses a second line under the same number", async () => {
    await record(history);
    await expect(items.write(eventWrites("job_1", [line(5, "image")], 1_000))).rejects.toThrow(ItemsConditionFailed);
  });
});

it("keeps the last fifty lines in the record of a job that is given back again and again", () => {
  const before = Array.from({ length: 49 }, (_, index) => line(index + 1, "requeued"));
  const kept = keptEvents(before, [line(50, "started"), line(51, "step"), line(52, "error")]);
  expect([kept.length, kept[0]?.seq, ...kept.slice(-2).map(({ seq }) => seq)]).toEqual([50, 2, 50, 52]);
});
