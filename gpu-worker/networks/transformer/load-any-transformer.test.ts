import { expect, it } from "vitest";
import { goldenCheckpoint } from "../../../test/support/engine/golden-tensors.ts";
import { recordingRuntime } from "../../../test/support/engine/recording-runtime.ts";
import { loadAnyTransformer } from "./load-any-transformer.ts";
import { OmniTransformerModel } from "./omni-transformer-model.ts";
import { TransformerModel } from "./transformer-model.ts";

const runtime = recordingRuntime(() => ({}));
const load = (name: string, options = {}) =>
  loadAnyTransformer(goldenCheckpoint(`${name}/transformer`), runtime, options);

it("opens the architecture that the configuration names", async () => {
  const plain = await load("tiny-turbo");
  expect(plain).toBeInstanceOf(TransformerModel);
  const omni = await load("tiny-omni");
  expect(omni).toBeInstanceOf(OmniTransformerModel);
  expect(omni.parameterCount).toBeGreaterThan(plain.parameterCount);
  for (const model of [plain, omni]) await model.release();
});

it("puts the LoRAs that it starts with in force, in either", async () => {
  const loras = [{ path: "/absent.safetensors" }];
  for (const name of ["tiny-turbo", "tiny-omni"]) {
    await expect(load(name, { loras })).rejects.toThrow("/absent.safetensors");
  }
});
