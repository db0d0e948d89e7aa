import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { openEmbeddedObjects } from "../../shared/embedded/objects.ts";
import { InvalidFileError } from "../../shared/errors.ts";
import type { ImageParams } from "../../shared/job.ts";
import { makeWarning, warningMessages } from "../../shared/warnings/warning.ts";
import { sampleJob, sampleParams } from "../../test/support/api/sample-job.ts";
import { createFakeEngine, fakeModel } from "../../test/support/engine/fake-engine.ts";
import { sampleWarning } from "../../test/support/sample-warning.ts";
import type { Engine } from "../engine.ts";
import { type JobProgress, type RunJobDependencies, runJob } from "./run-job.ts";

const folder = mkdtempSync(join(tmpdir(), "run-job-"));
afterAll(() => rmSync(folder, { recursive: true }));
const objects = openEmbeddedObjects(folder);
const adapters = {
  path: (kind: string, id: string) => `/srv/adapters/${kind}/${id}.safetensors`,
  entries: () => [],
};

async function run(params: Partial<ImageParams>, changes: Partial<RunJobDependencies> = {}) {
  const engine = createFakeEngine();
  const reports: JobProgress[] = [];
  const result = await runJob(
    sampleJob("1", 0, { params: { ...sampleParams, ...params } }),
    { engine, objects, previews: false, ...changes },
    async (progress) => void reports.push(progress),
    new AbortController().signal,
  );
  return { result, reports, seen: engine.seen };
}

it("counts the steps of all images together", async () => {
  const { reports } = await run({ n: 2, steps: 3 });
  expect(reports.map(({ event, step, total }) => [event.type, step, total])).toEqual([
    ["step", 1, 6],
    ["step", 2, 6],
    ["step", 3, 6],
    ["image", 3, 6],
    ["step", 4, 6],
    ["step", 5, 6],
    ["step", 6, 6],
    ["image", 6, 6],
  ]);
});

it("gives the engine the bytes of stored inputs and the paths of adapters", async () => {
  await objects.put("in/image", new Uint8Array([1]), { contentType: "image/png" });
  await objects.put("in/latents", new Uint8Array(Float32Array.of(1.5, 2).buffer), { contentType: "x" });
  const { seen } = await run(
    { imageKey: "in/image", latentsKey: "in/latents", loras: [{ id: "mug", scale: 0.5 }] },
    { adapters },
  );
  expect(seen[0]).toMatchObject({ loras: [{ path: "/srv/adapters/loras/mug.safetensors", scale: 0.5 }] });
  expect([...seen[0]!.image!]).toEqual([1]);
  expect([...seen[0]!.latents!]).toEqual([1.5, 2]);
});

it.each<[string, Partial<ImageParams>, object]>([
  ["an input image that is gone", { imageKey: "in/none" }, { code: "image_missing", param: "image" }],
  ["a reference that is gone", { referenceKeys: ["in/none"] }, { code: "image_missing", param: "references.0" }],
  ["latents that are gone", { latentsKey: "in/none" }, { code: "latents_missing" }],
  ["a LoRA where there are none", { loras: [{ id: "mug", scale: 1 }] }, { code: "adapter_not_found", param: "loras" }],
])("refuses %s before anything is drawn", async (_, params, error) => {
  const engine = createFakeEngine();
  await expect(run(params, { engine })).rejects.toMatchObject(error);
  expect(engine.seen).toEqual([]);
});

it("says which image a warning is about, and what concerns the request once", async () => {
  const engine: Engine = {
    model: fakeModel,
    async *generate(params) {
      const values = { adapter: "/srv/adapters/loras/mug.safetensors", names: "a" };
      yield { type: "warning", warning: makeWarning("lora_tensors_repeated", values, "loras"), of: "request" };
      yield { type: "warning", warning: sampleWarning("drawn again") };
      yield* createFakeEngine().generate(params);
    },
    async close() {},
  };
  const { result } = await run({ n: 2, loras: [{ id: "mug", scale: 1 }] }, { engine, adapters });
  expect(warningMessages(result.warnings)).toEqual([
    expect.stringMatching(/^LoRA mug: counted once/),
    "image 0: drawn again",
    "image 1: drawn again",
  ]);
  expect(result.warnings).toMatchObject([{ values: { adapter: "LoRA mug" } }, { image: 0 }, { image: 1 }]);
});

it("names a damaged adapter by its id: a path of the worker is not the client's business", async () => {
  const engine = createFakeEngine({
    beforeStep() {
      throw new InvalidFileError("/srv/adapters/loras/mug.safetensors: the header is cut off");
    },
  });
  await expect(run({ loras: [{ id: "mug", scale: 1 }] }, { engine, adapters })).rejects.toThrow(
    "LoRA mug: the header is cut off",
  );
});
