import { expect, it } from "vitest";
import type { Job, JobEvent } from "../../../../shared/job.ts";
import { createRequestBudget } from "../../../../shared/net/request-budget.ts";
import { sampleJob, sampleParams } from "../../../../test/support/api/sample-job.ts";
import { fastClock } from "../../../../test/support/fast-clock.ts";
import type { RouteDependencies } from "../../dependencies.ts";
import { streamImages } from "./stream-images.ts";

/** An object that holds its own name. */
const stored = async (name: string) =>
  name === "gone" ? undefined : { body: Buffer.from(name), bytes: name.length, contentType: "image/png" };

/** The events that a client sees of a job with `steps` steps per image. */
async function streamed(steps: number, partialImages: number, told: Partial<JobEvent>[], ended: Partial<Job> = {}) {
  const events = [...told, { type: "done" as const }].map(
    (event, i): JobEvent => ({ type: "step", data: {}, at: 0, ...event, seq: i + 1 }),
  );
  const key = "o/a.png";
  const image = {
    index: 0,
    key,
    width: 64,
    height: 64,
    format: "png",
    bytes: 1,
    sha256: "",
    seed: 1,
  } as const;
  const job = sampleJob("1", 0, { params: { ...sampleParams, steps } });
  const dependencies = {
    clock: fastClock(),
    jobs: {
      events: async (_: string, after: number) => events.filter(({ seq }) => seq > after),
      get: async () => ({ ...job, status: "succeeded", images: [image], ...ended }),
    },
    objects: { get: stored, getRange: stored, head: stored },
    budget: createRequestBudget({ clock: fastClock() }),
  } as unknown as RouteDependencies;
  let text = "";
  const write = async (piece: string) => void (text += piece);
  await streamImages(
    job,
    { kind: "image_generation", partialImages, write, signal: new AbortController().signal },
    dependencies,
  );
  const written = text.split("\n\n").slice(0, -1);
  return written.map((one) => {
    const [, event, json] = /^event: (.*)\ndata: (.*)$/.exec(one)!;
    const data = JSON.parse(json!);
    return [event, data.b64_json === undefined ? data : Buffer.from(data.b64_json, "base64").toString()];
  });
}

const step = (step: number, image = 0, preview_key: string | null = `${image}-${step}`) => ({
  data: { image, step, ...(preview_key !== null && { preview_key }) },
});
const partial = "image_generation.partial_image";
const completed = ["image_generation.completed", "o/a.png"];

it("spreads the previews evenly and leaves out the last step", async () => {
  const steps = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => step(n));
  expect(await streamed(9, 2, steps)).toEqual([[partial, "0-3"], [partial, "0-6"], completed]);
  expect(await streamed(9, 0, steps)).toEqual([completed]);
  expect(await streamed(1, 3, [step(1)])).toEqual([completed]);
});

it("takes the next preview where a step has none or its file is gone, per image", async () => {
  const steps = [step(2, 0, null), step(3), step(2, 1, "gone"), step(3, 1)];
  expect(await streamed(4, 1, steps)).toEqual([[partial, "0-3"], completed]);
});

it("does not repeat previews when the job is attempted again", async () => {
  expect(await streamed(4, 1, [step(2), step(1), step(2), step(3)])).toEqual([[partial, "0-2"], completed]);
});

it("ends with an error event for a job that failed", async () => {
  const error = { code: "engine_failed", message: "out of memory", retryable: false };
  expect(await streamed(1, 0, [], { status: "failed", error })).toEqual([
    ["error", { error: expect.objectContaining({ code: "engine_failed", message: "out of memory" }) }],
  ]);
});

it("ends with an error that the client throws where the stream may not last until the job does", async () => {
  const job = sampleJob("1", 0);
  const clock = fastClock();
  const jobs = { events: async () => [], get: async () => job };
  const dependencies = { clock, jobs, longestResponseMs: 570_000 } as unknown as RouteDependencies;
  let text = "";
  await streamImages(
    job,
    {
      kind: "image_generation",
      partialImages: 0,
      write: async (piece) => void (text += piece),
      signal: new AbortController().signal,
    },
    dependencies,
  );
  const last = text.split("\n\n").at(-2)!;
  expect(last).toMatch(/^event: error\n/);
  expect(JSON.parse(last.split("data: ")[1]!)).toMatchObject({ error: { code: "still_running" } });
});
