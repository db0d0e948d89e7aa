import { describe, expect, it } from "vitest";
import type { Job, JobEvent } from "../../../../shared/job.ts";
import { sampleJob } from "../../../../test/support/api/sample-job.ts";
import { fastClock } from "../../../../test/support/fast-clock.ts";
import type { RouteDependencies } from "../../dependencies.ts";
import { streamFalResult, streamFalStatus } from "./stream-result.ts";

const link = { origin: "https://api.example.com", file: (key: string) => ({ url: `https://f/${key}`, expiresAt: 0 }) };
const event = (seq: number, type: JobEvent["type"], data: JobEvent["data"] = {}): JobEvent => ({
  seq,
  at: 0,
  type,
  data,
});
const history = [
  event(1, "queued"),
  event(2, "step", { step: 1, total: 2 }),
  event(3, "step", { step: 2, total: 2, preview_key: "p" }),
];

function setUp(last: JobEvent["type"], records: readonly Partial<Job>[]) {
  let read = 0;
  const events = [...history, event(4, last)];
  const jobs = {
    events: async (_id: string, after: number) => events.filter(({ seq }) => seq > after),
    get: async () => sampleJob("1", 0, records[Math.min(read++, records.length - 1)]),
  };
  const written: unknown[] = [];
  const write = async (text: string) => void written.push(JSON.parse(/^data: (.*)\n\n$/.exec(text)![1]!));
  const options = { write, signal: new AbortController().signal };
  return { dependencies: { jobs, clock: fastClock() } as unknown as RouteDependencies, options, written };
}

describe("the stream of a result", () => {
  it("has the previews that there are, then the result", async () => {
    const { dependencies, options, written } = setUp("done", [{ status: "succeeded", inferenceMs: 500 }]);
    await streamFalResult(sampleJob("1", 0), { link, ...options }, dependencies);
    expect(written).toMatchObject([
      { images: [{ url: "https://f/p", content_type: "image/png" }], progress: { step: 2, total: 2 } },
      { images: [], timings: { inference: 0.5 } },
    ]);
  });

  it("breaks off for a job without one: an event could only be taken for a result", async () => {
    const { dependencies, options, written } = setUp("error", [{ status: "failed" }]);
    const streaming = streamFalResult(sampleJob("1", 0), { link, ...options }, dependencies);
    await expect(streaming).rejects.toMatchObject({ status: 422, code: "internal_error" });
    expect(written).toHaveLength(1);
  });
});

it("the stream of a status tells each change once, and ends with the job", async () => {
  const records = [
    { status: "queued" },
    { status: "running" },
    { status: "running" },
    { status: "succeeded" },
  ] as const;
  const { dependencies, options, written } = setUp("done", records);
  const present = async ({ status }: Job) => ({ status });
  await streamFalStatus(sampleJob("1", 0), { present, logs: false, ...options }, dependencies);
  expect(written).toEqual([{ status: "queued" }, { status: "running" }, { status: "succeeded" }]);
});
