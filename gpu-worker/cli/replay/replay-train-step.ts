import { join } from "node:path";
import { z } from "zod";
import { InvalidFileError } from "../../../shared/errors.ts";
import { transformerConfig } from "../../graph/architectures/z-image-config.ts";
import { transformer, transformerInputs } from "../../graph/architectures/z-image-transformer.ts";
import { GraphBuilder } from "../../graph/graph-builder.ts";
import { openSession } from "../../networks/open-session.ts";
import { batchSizes, transformerFeeds } from "../../networks/transformer/transformer-feeds.ts";
import { itemRows } from "../../networks/transformer/transformer-probes.ts";
import { type ItemTokens, itemTokens, patchify, unpatchify } from "../../networks/transformer/transformer-tokens.ts";
import { createNodeRuntime, type OnnxTensor } from "../../runtime/onnx-session.ts";
import { type Tensor, tensor } from "../../tensor.ts";
import { flowMatchFeeds, flowMatchLoss } from "../../training/flow/flow-match-loss.ts";
import { adamW } from "../../training/optimizer/adamw.ts";
import { buildTrainStep, initialState, runTrainStep } from "../../training/steps/train-step.ts";
import { trainedWeights } from "../../training/trained-weights.ts";
import { openCheckpoint } from "../../weights/checkpoint.ts";
import { configPath } from "../../weights/folder/component-config.ts";
import { readJsonFile } from "../../weights/folder/json-file.ts";
import { openModelFolder } from "../../weights/folder/model-folder.ts";
import { readTensor } from "../../weights/tensor-values.ts";
import { type Comparison, largestValue, relativeTolerance } from "./comparison.ts";
import { type GoldenCase, parseInputs, storedTensor, storedValues } from "./golden-case.ts";

const inputsSchema = z.object({
  batch: z.int().positive(),
  optimizer: z.literal("AdamW"),
  lr: z.number(),
  betas: z.tuple([z.number(), z.number()]),
  eps: z.number(),
  weight_decay: z.number(),
  steps: z.int().positive(),
});
const lossesSchema = z.array(z.number());

/** Training steps of the transformer on one batch: loss, gradients, and the tensors that the optimiser leaves. */
export async function replayTrainStep(golden: GoldenCase, checkpoints: string, comparison: Comparison): Promise<void> {
  const inputs = parseInputs(golden, inputsSchema);
  const losses = parseInputs(golden, lossesSchema, golden.manifest.losses);
  const folder = await openModelFolder(join(checkpoints, golden.checkpoint ?? ""));
  const config = await readJsonFile(configPath("transformer", folder.transformer), transformerConfig);
  const { tensors: stored } = openCheckpoint(folder.transformer);

  const batch = readBatch(golden, comparison, inputs.batch);
  const items = batch.map((item) =>
    itemTokens({ latents: item.noisy, promptEmbeds: item.caption, t: 1 - item.sigma }, config),
  );
  const feeds: Record<string, OnnxTensor> = {
    ...transformerFeeds(
      items,
      batch.map(({ sigma }) => 1 - sigma),
      config,
      { masked: true },
    ),
    ...flowMatchFeeds(
      items,
      batch.map(({ target }) => patchify(target, config.patchSize)),
    ),
  };

  const g = new GraphBuilder({ weights: trainedWeights() });
  const tokens = transformer(g, transformerInputs(g, config, { masked: true }), config);
  g.output("final", tokens);
  const optimizer = adamW({ betas: inputs.betas, eps: inputs.eps, weightDecay: inputs.weight_decay });
  const step = buildTrainStep(g, flowMatchLoss(g, tokens), { optimizerOf: () => optimizer, gradients: true });
  const session = await openSession(createNodeRuntime(), g, "train step");
  try {
    let state = initialState(step, (name) => {
      const weight = stored.get(name);
      if (!weight) throw new InvalidFileError(`${folder.transformer}: expected a tensor ${name}, found none`);
      return tensor(readTensor(weight), weight.shape);
    });
    const computed: number[] = [];
    // One step more than the reference's, for the loss after its last.
    for (let taken = 0; taken <= inputs.steps; taken++) {
      if (taken === inputs.steps) compareParameters(golden, comparison, `after${taken}.`, state.tensors);
      const result = await runTrainStep(session, step, state, { learningRate: inputs.lr, feeds });
      if (taken === 0)
        compareFirstStep(golden, comparison, result.outputs, { batch, items, patchSize: config.patchSize });
      computed.push(result.loss);
      state = result.state;
    }
    comparison.fact("losses", losses, computed, relativeTolerance * Math.max(...losses));
  } finally {
    await session.release();
  }
}

function compareFirstStep(
  golden: GoldenCase,
  comparison: Comparison,
  outputs: ReadonlyMap<string, OnnxTensor>,
  { batch, items, patchSize }: { batch: readonly TrainItem[]; items: readonly ItemTokens[]; patchSize: number },
): void {
  const floats = (name: string): Tensor => {
    const output = outputs.get(name);
    if (output?.dtype !== "float32") throw new Error(`the training graph gave no float32 output ${name}`);
    return tensor(output.data, output.dims);
  };
  const final = floats("final");
  const sizes = batchSizes(items);
  const velocity = batch.flatMap(({ noisy }, index) => {
    const { data } = itemRows(
      { dtype: "float32", data: final.data, dims: final.shape },
      "image",
      index,
      items[index]!,
      sizes,
    );
    return Array.from(unpatchify(data, noisy.shape as [number, number, number], patchSize).data, (value) => -value);
  });
  comparison.relative("v_pred", { data: velocity, shape: storedTensor(golden, "v_pred").shape });
  comparison.relative("loss", floats("loss"));
  comparison.relative("grad_norm", floats("grad_norm"));
  for (const name of outputs.keys()) {
    if (name.startsWith("gradient ")) comparison.relative(`grad.${name.slice("gradient ".length)}`, floats(name));
  }
}

/**
 * Rounding error of a gradient in float32, relative to the largest of its tensor, is about this: measured 1.2e-5 for
 * the worst tensor.
 */
const gradientRounding = 1e-5;

/**
 * Adam takes steps of the same length for large and small gradients, so where a gradient is smaller than its rounding
 * error, rounding decides the direction. Such elements are left out of the comparison and counted.
 */
function compareParameters(
  golden: GoldenCase,
  comparison: Comparison,
  prefix: string,
  parameters: ReadonlyMap<string, Tensor>,
): void {
  for (const key of golden.tensors.keys()) {
    if (!key.startsWith(prefix)) continue;
    const name = key.slice(prefix.length);
    const parameter = parameters.get(name);
    if (!parameter) continue;
    const gradient = storedValues(storedTensor(golden, `grad.${name}`));
    const smallest = gradientRounding * largestValue(gradient);
    comparison.relative(key, parameter, (i) => Math.abs(gradient[i]!) < smallest);
  }
}

interface TrainItem {
  readonly sigma: number;
  readonly caption: Tensor;
  /** `(1 − sigma)·x0 + sigma·noise` */
  readonly noisy: Tensor;
  /** What the transformer should give: `x0 − noise`. */
  readonly target: Tensor;
}

/** The batch from `x0`, `noise`, `sigma` and the captions; what the case has computed from them is compared. */
function readBatch(golden: GoldenCase, comparison: Comparison, size: number): TrainItem[] {
  const values = (name: string) => {
    comparison.inputs(name);
    const { shape } = storedTensor(golden, name);
    return { data: Float32Array.from(storedValues(storedTensor(golden, name))), shape };
  };
  const [x0, noise, sigmas] = [values("x0"), values("noise"), values("sigma").data];
  const shape = x0.shape.slice(1);
  const count = x0.data.length / size;
  const noisy = new Float32Array(x0.data.length);
  for (let i = 0; i < noisy.length; i++) {
    const sigma = sigmas[Math.floor(i / count)]!;
    noisy[i] = (1 - sigma) * x0.data[i]! + sigma * noise.data[i]!;
  }
  const target = x0.data.map((value, i) => value - noise.data[i]!);
  comparison.relative("x_t", { data: noisy, shape: x0.shape });
  comparison.relative("target", { data: target.map((value) => -value), shape: x0.shape });
  return Array.from({ length: size }, (_, item) => {
    const slice = (data: Float32Array) => tensor(data.slice(item * count, (item + 1) * count), shape);
    return { sigma: sigmas[item]!, caption: values(`caption.${item}`), noisy: slice(noisy), target: slice(target) };
  });
}
