import { expect, it, onTestFinished } from "vitest";
import { InvalidInputError } from "../../../shared/errors.ts";
import { goldenConfig } from "../../../test/support/engine/golden-audit.ts";
import { goldenCheckpoint } from "../../../test/support/engine/golden-tensors.ts";
import { recordingRuntime } from "../../../test/support/engine/recording-runtime.ts";
import { transformerConfig } from "../../graph/architectures/z-image-config.ts";
import { timeFrequencies } from "../../graph/blocks/timestep-embedding.ts";
import { type Tensor, zeros } from "../../tensor.ts";
import { openCheckpoint } from "../../weights/checkpoint.ts";
import { OmniTransformerModel } from "./omni-transformer-model.ts";

const folder = goldenCheckpoint("tiny-omni/transformer");
const config = goldenConfig("tiny-omni/transformer", transformerConfig);
const patchDim = 64;

/** The model on a runtime whose output says, in every value of a token, which one it is. */
function open() {
  const runtime = recordingRuntime((feeds) => {
    const length = ["caption", "patch", "siglip"].reduce((sum, name) => sum + (feeds[name]?.dims[1] ?? 0), 0);
    const data = Float32Array.from({ length: length * patchDim }, (_, i) => Math.floor(i / patchDim));
    return { final: { dtype: "float32", data, dims: [1, length, patchDim] } };
  });
  const model = new OmniTransformerModel(config, openCheckpoint(folder), runtime, {});
  onTestFinished(() => model.release());
  return { model, runtime };
}
const item = (more: object = {}) => ({
  latents: zeros([16, 4, 4]),
  promptEmbeds: zeros([5, config.capFeatDim]),
  t: 0.25,
  ...more,
});
/** The token that each 2 × 2 patch of an output was made from. */
const tokensOf = ({ data }: Tensor) => [data[0], data[2], data[8], data[10]];
const rowsOf = (feeds: Readonly<Record<string, { readonly data: ArrayLike<number | bigint> }>>, name: string) =>
  Array.from(feeds[`${name}_positions`]!.data, Number);
const counting = (from: number, length: number) => Array.from({ length }, (_, i) => from + i);

it("gives the tokens of the image that is drawn, one item a run", async () => {
  const { model, runtime } = open();
  const outputs = await model.forward([item(), item({ t: 1 })]);
  expect(runtime.runs).toHaveLength(2);
  // 32 tokens of the caption, then the four of the image.
  for (const output of outputs)
    expect([output.shape, tokensOf(output)]).toEqual([
      [16, 4, 4],
      [32, 33, 34, 35],
    ]);
  const [feeds] = runtime.runs;
  expect(feeds!.time_frequencies!.data).toEqual(timeFrequencies(0.25, config.timeScale));
  expect(feeds!.clean_time_frequencies!.data).toEqual(timeFrequencies(1, config.timeScale));
  expect(rowsOf(feeds!, "caption")).toEqual(counting(0, 32));
  expect(rowsOf(feeds!, "patch")).toEqual(counting(32, 32));
  expect(feeds!.rotary_cos!.dims).toEqual([64, config.headDim / 2]);
  expect(feeds!.siglip).toBeUndefined();
});

it("looks at references in a session of its own, and gives the image behind them", async () => {
  const { model, runtime } = open();
  const reference = { latents: zeros([16, 4, 4]), features: zeros([2, 2, config.siglipFeatDim!]) };
  const segments = [zeros([3, config.capFeatDim]), zeros([2, config.capFeatDim])];
  await model.forward([item()]);
  const [output] = await model.forward([item({ edit: { segments, references: [reference] } })]);
  expect(runtime.open).toBe(2);
  const feeds = runtime.runs[1]!;
  // Two captions and the reference's image come before it, each filled to 32.
  expect(tokensOf(output!)).toEqual([96, 97, 98, 99]);
  expect(rowsOf(feeds, "siglip")[0]).toBe(128);
  expect(feeds.rotary_cos!.dims[0]).toBe(128 + feeds.siglip!.dims[1]!);
  const noisy = Array.from(feeds.patch_noisy!.data, Number);
  expect([noisy[0], noisy[32]]).toEqual([0, 1]);
});

it("refuses a ControlNet, by the field", async () => {
  const { model } = open();
  const adapting = model.adapt({ loras: [], controlNet: "/net" });
  await expect(adapting).rejects.toThrow(InvalidInputError);
  await expect(adapting).rejects.toMatchObject({ code: "unsupported_capability", param: "controlnet" });
  expect(await model.adapt({ loras: [] })).toEqual({ warnings: [] });
});
