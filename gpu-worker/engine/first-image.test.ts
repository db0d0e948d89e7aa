import { expect, it } from "vitest";
import { PipelineError } from "../../shared/errors.ts";
import type { Engine, EngineEvent, GenerateParams } from "../engine.ts";
import { drawFirstImage } from "./first-image.ts";

const image: EngineEvent = {
  type: "image",
  image: {
    bytes: new Uint8Array(1),
    format: "png",
    width: 64,
    height: 64,
    seed: 0,
    timings: { encodeMs: 0, denoiseMs: 0, decodeMs: 0, imageMs: 0 },
  },
};

function engineOf(generate: (params: GenerateParams) => AsyncGenerator<EngineEvent, void>): Engine {
  const model = {
    id: "m",
    family: "turbo",
    random: true,
    defaultSteps: 8,
    defaultGuidance: 0,
    defaultSide: 1024,
  } as const;
  return { model: { ...model, transformerParameters: 1 }, generate, close: async () => {} };
}

it("asks for the smallest image in one step", async () => {
  const asked: GenerateParams[] = [];
  const engine = engineOf(async function* (params) {
    asked.push(params);
    yield image;
  });
  await drawFirstImage(engine);
  expect(asked).toEqual([expect.objectContaining({ width: 64, height: 64, steps: 1, preview: false })]);
});

it("keeps code and retryability of what went wrong, and names doctor", async () => {
  const cause = new PipelineError("device_failed", "cuDNN is missing", { retryable: true });
  const engine = engineOf(async function* () {
    yield { type: "encoded", promptTokens: 1, readTokens: 1 };
    throw cause;
  });
  await expect(drawFirstImage(engine)).rejects.toMatchObject({
    code: "device_failed",
    retryable: true,
    cause,
    message: "the first image could not be drawn: cuDNN is missing; npm run doctor tells what this machine can run",
  });
});

it("takes an end without an image for a failure", async () => {
  const engine = engineOf(async function* () {});
  await expect(drawFirstImage(engine)).rejects.toMatchObject({ code: "engine_failed" });
});
