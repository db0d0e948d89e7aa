import { afterAll, describe, expect, it } from "vitest";
import {
  expectClose,
  goldenCheckpoint,
  goldenTensors,
  maxAbsDiff,
} from "../../../test/support/engine/golden-tensors.ts";
import { runtime } from "../../../test/support/engine/run-graph.ts";
import { buildTransformer } from "../../graph/architectures/z-image-transformer.ts";
import { GraphBuilder } from "../../graph/graph-builder.ts";
import type { FloatDtype } from "../../graph/value.ts";
import type { TransformerItem } from "../../pipeline/components.ts";
import type { OnnxRuntime } from "../../runtime/onnx-session.ts";
import { type Tensor, tensor } from "../../tensor.ts";
import { openCheckpoint } from "../../weights/checkpoint.ts";
import type { LoraFile } from "../../weights/lora/lora.ts";
import { checkpointWeights } from "../../weights/weight-source.ts";
import { openSession } from "../open-session.ts";
import { transformerFeeds } from "./transformer-feeds.ts";
import { loadTransformer } from "./transformer-model.ts";
import { itemTokens, unpatchify } from "./transformer-tokens.ts";

const folder = goldenCheckpoint("tiny-turbo/transformer");
const split = await loadTransformer(folder, runtime);
const masked = await loadTransformer(folder, runtime, { raggedBatches: "mask" });
/** As on CUDA. */
const standard = await loadTransformer(folder, runtime, { attention: "standard" });
afterAll(async () => {
  await standard.release();
  await split.release();
  await masked.release();
});

type Golden = ReturnType<typeof goldenTensors>;

function goldenItems(golden: Golden): TransformerItem[] {
  return Array.from(golden.floats("t").data, (t, index) => {
    const { data, shape } = golden.floats(`x.${index}`); // [C, 1, h, w]
    return { latents: tensor(data, shape.toSpliced(1, 1)), promptEmbeds: golden.floats(`cap_feats.${index}`), t };
  });
}

/** One item's part of a reference tensor: stored per item, batched `[B, rows, W]`, or joined along the rows. */
function goldenRows(
  golden: Golden,
  name: string,
  index: number,
  values: readonly Tensor[],
): ArrayLike<number> | undefined {
  if (golden.names.includes(`${name}.${index}`)) {
    const perItem = `${name}.${index}`;
    return name.endsWith("_pad") || name.endsWith("_pos") ? golden.integers(perItem) : golden.floats(perItem).data;
  }
  if (!golden.names.includes(name)) return undefined;
  const { data, shape } = golden.floats(name);
  const before = values.slice(0, index).reduce((sum, value) => sum + value.data.length, 0);
  const start = shape.length === 3 ? (index * data.length) / shape[0]! : before;
  return data.subarray(start, start + values[index]!.data.length);
}

const compared = [
  ..."patches x_pad x_pos x_rope_cos x_rope_sin cap_pad cap_pos cap_rope_cos cap_rope_sin t_freq t_emb x_embed cap_embed".split(
    " ",
  ),
  ..."noise_refiner.0 context_refiner.0 unified_in layers.0.q_raw layers.0.attn_out layers.0.ffn_out layers.0 layers.1 final".split(
    " ",
  ),
];
const exact = new Set(["patches", "x_pad", "x_pos", "cap_pad", "cap_pos"]);
const tolerance = (name: string) => (exact.has(name) ? 0 : 1e-4);

describe.each([
  ["unit_dit_single", "split", split],
  ["unit_dit_mixed_sizes", "split", split],
  ["unit_dit_mixed_sizes", "with the standard attention", standard],
  ["unit_dit_mixed_sizes", "mask", masked],
] as const)("%s, %s", (name, _, transformer) => {
  const golden = goldenTensors(name);
  const items = goldenItems(golden);

  it("gives the reference's output", async () => {
    const outputs = await transformer.forward(items);
    outputs.forEach((output, index) => {
      expect(output.shape).toEqual(items[index]!.latents.shape);
      expectClose(output.data, golden.floats(`out.${index}`).data, 1e-4, `output ${index}`);
    });
  });

  it("passes through the reference's intermediate values", async () => {
    const { outputs, probes } = await transformer.forwardWithProbes(items);
    expect(outputs).toHaveLength(items.length);
    for (const probe of compared) {
      const values = probes.get(probe)!;
      values.forEach((value, index) => {
        const expected = goldenRows(golden, probe, index, values);
        expect(expected, probe).toBeDefined();
        expectClose(value.data, expected!, tolerance(probe), `${probe} of item ${index}`);
      });
    }
  });
});

function randomItem(height: number, width: number, textLength: number, t: number): TransformerItem {
  const wave = (length: number) => Float32Array.from({ length }, (_, i) => Math.sin(i * 12.9898 + length));
  return {
    latents: tensor(wave(16 * height * width), [16, height, width]),
    promptEmbeds: tensor(wave(16 * textLength), [textLength, 16]),
    t,
  };
}

it("gives items the same result alone, in a batch of their like, split and masked", async () => {
  const items = [randomItem(8, 8, 10, 0.2), randomItem(8, 8, 20, 0.9), randomItem(4, 12, 70, 0.5)];
  const alone: Tensor[] = [];
  for (const item of items) alone.push(...(await split.forward([item])));
  for (const transformer of [split, masked]) {
    const together = await transformer.forward(items);
    together.forEach((output, index) => {
      expect(maxAbsDiff(output.data, alone[index]!.data)).toBeLessThan(2e-5);
    });
  }
});

it("serves images of 64 to 1024 pixels, wide and tall, and captions of 1 to 512 tokens in one session", async () => {
  for (const [height, width, textLength] of [
    [8, 8, 1],
    [8, 128, 512],
    [128, 8, 33],
    [128, 128, 64],
  ] as const) {
    const [output] = await split.forward([randomItem(height, width, textLength, 0.5)]);
    expect(output?.shape).toEqual([16, height, width]);
    expect(output?.data.every(Number.isFinite)).toBe(true);
  }
});

it("reads bfloat16 checkpoints", async () => {
  const base = await loadTransformer(goldenCheckpoint("tiny-base/transformer"), runtime);
  expect(base.parameterCount).toBe(split.parameterCount);
  expect((await base.forward([randomItem(4, 4, 5, 0.5)]))[0]?.shape).toEqual([16, 4, 4]);
  await base.release();
});

describe("16-bit graphs", () => {
  const item = randomItem(8, 8, 10, 0.3);
  const open = (computeDtype: FloatDtype) => {
    const g = new GraphBuilder({ computeDtype, weights: checkpointWeights(openCheckpoint(folder)) });
    buildTransformer(g, split.config, { masked: true });
    return openSession(runtime, g, "transformer");
  };

  it("run in float16 to its precision, with float32 inputs and outputs", async () => {
    const session = await open("float16");
    const tokens = itemTokens(item, split.config);
    const outputs = await session.run(transformerFeeds([tokens], [item.t], split.config, { masked: true }));
    await session.release();
    const output = unpatchify(outputs.get("final")!.data as Float32Array, [16, 8, 8], 2);
    const [expected] = await split.forward([item]);
    expect(maxAbsDiff(output.data, expected!.data)).toBeLessThan(0.1); // values reach 4
  });

  it("are well typed in bfloat16, for which the CPU has no kernels", async () => {
    await expect(open("bfloat16")).rejects.toThrow("Could not find an implementation for");
  });
});

describe("LoRA", () => {
  const item = randomItem(8, 8, 10, 0.3);
  const run = async (file: string, scale: number) => {
    const transformer = await loadTransformer(folder, runtime, {
      loras: [{ path: goldenCheckpoint(`lora-turbo/${file}.safetensors`), scale }],
    });
    const [output] = await transformer.forward([item]);
    await transformer.release();
    return output!.data;
  };

  it("changes the output as the reference's first step says", async () => {
    const golden = goldenTensors("lora_square");
    const transformer = await loadTransformer(folder, runtime, {
      loras: [{ path: goldenCheckpoint("lora-turbo/kohya.safetensors"), scale: 0.8 }],
    });
    const { data, shape } = golden.floats("latents_init");
    const first = {
      latents: tensor(data, shape.slice(1)),
      promptEmbeds: golden.floats("text_hidden.0"),
      t: golden.floats("step00.model_t").data[0]!,
    };
    const [output] = await transformer.forward([first]);
    expectClose(output!.data, golden.floats("step00.dit_out.0").data, 1e-4);
    const [without] = await split.forward([first]);
    expect(maxAbsDiff(without!.data, output!.data)).toBeGreaterThan(0.01);
    await transformer.release();
  });

  it("is the same in all key styles, and nothing at scale 0", async () => {
    const diffusers = await run("diffusers", 1);
    expectClose(await run("comfy", 1), diffusers, 1e-5);
    expectClose(await run("kohya", 1), diffusers, 1e-5);
    const [without] = await split.forward([item]);
    expectClose(await run("kohya", 0), without!.data, 1e-6);
    expect(maxAbsDiff(without!.data, diffusers)).toBeGreaterThan(0.01);
  });

  it("comes, goes and adds up in one session, once it has a place for them", async () => {
    let sessions = 0;
    const counting: OnnxRuntime = {
      createSession: (...args) => {
        sessions++;
        return runtime.createSession(...args);
      },
    };
    const transformer = await loadTransformer(folder, counting);
    const lora = (style: string, scale: number) => ({
      path: goldenCheckpoint(`lora-turbo/${style}.safetensors`),
      scale,
    });
    const drawWith = async (...loras: readonly LoraFile[]) => {
      await transformer.adapt({ loras });
      return (await transformer.forward([item]))[0]!.data;
    };
    const [without] = await split.forward([item]);
    const once = await drawWith(lora("diffusers", 1));
    expect(maxAbsDiff(once, without!.data)).toBeGreaterThan(0.01);
    expectClose(await drawWith(lora("comfy", 0.75), lora("kohya", 0.25)), once, 1e-5);
    expectClose(await drawWith(), without!.data, 1e-6);
    expectClose(await drawWith(lora("kohya", 1)), once, 1e-5);
    expect(sessions).toBe(2);
    await transformer.release();
  });
});
