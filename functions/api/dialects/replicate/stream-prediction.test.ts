import { expect, it } from "vitest";
import type { Job, JobEvent } from "../../../../shared/job.ts";
import { sampleJob } from "../../../../test/support/api/sample-job.ts";
import { fastClock } from "../../../../test/support/fast-clock.ts";
import type { RouteDependencies } from "../../dependencies.ts";
import { streamPrediction } from "./stream-prediction.ts";

const link = { origin: "https://api.example.com", file: (key: string) => ({ url: `https://f/${key}`, expiresAt: 0 }) };
const images = [{ key: "a" }, { key: "b" }] as unknown as Job["images"];

/** The text that a client gets of a job with this end. */
async function streamed(changes: Partial<Job>) {
  const ended = sampleJob("1", 0, changes);
  const types: JobEvent["type"][] = ["queued", "image", changes.status === "failed" ? "error" : "done"];
  const history = types.map((type, i): JobEvent => ({ seq: i + 1, at: i, type, data: {} }));
  const jobs = {
    events: async (_id: string, after: number) => history.filter(({ seq }) => seq > after),
    get: async () => ended,
  };
  const dependencies = { jobs, clock: fastClock() } as unknown as RouteDependencies;
  const written: string[] = [];
  const write = async (text: string) => void written.push(text);
  await streamPrediction(sampleJob("1", 0), { link, write, signal: new AbortController().signal }, dependencies);
  return written;
}

it("sends each link once the job has succeeded, without quotes, then the end", async () => {
  expect(await streamed({ status: "succeeded", images })).toEqual([
    "event: output\nid: 0:0\ndata: https://f/a\n\n",
    "event: output\nid: 1:0\ndata: https://f/b\n\n",
    "event: done\nid: done\ndata: {}\n\n",
  ]);
});

it("sends an error whose lines do not break its event, and the reason of a job that was canceled", async () => {
  const error = { code: "engine_failed", message: "out of memory\n\nevent: done", retryable: true };
  expect(await streamed({ status: "failed", error })).toEqual([
    "event: error\nid: error\ndata: out of memory\ndata: \ndata: event: done\n\n",
  ]);
  expect(await streamed({ status: "canceled" })).toEqual(['event: done\nid: done\ndata: {"reason":"canceled"}\n\n']);
});
