import { GraphBuilder } from "../../../gpu-worker/graph/graph-builder.ts";
import { add, tanh } from "../../../gpu-worker/graph/ops/arithmetic.ts";
import { linear } from "../../../gpu-worker/graph/ops/linear.ts";
import { concat } from "../../../gpu-worker/graph/ops/shape.ts";
import type { Value } from "../../../gpu-worker/graph/value.ts";
import { floatFeed } from "../../../gpu-worker/networks/open-session.ts";
import type { TokenSequence } from "../../../gpu-worker/networks/transformer/transformer-tokens.ts";
import { elementCount, type Tensor, tensor } from "../../../gpu-worker/tensor.ts";
import { type VelocityNetwork, velocityNetwork } from "../../../gpu-worker/training/distill/velocity-network.ts";
import { flowMatchLoss } from "../../../gpu-worker/training/flow/flow-match-loss.ts";
import type { NoisyItem, TransformerBatch } from "../../../gpu-worker/training/flow/transformer-batch.ts";
import { adamW } from "../../../gpu-worker/training/optimizer/adamw.ts";
import type { TrainStepOptions } from "../../../gpu-worker/training/steps/train-step.ts";
import { wholeStep } from "../../../gpu-worker/training/steps/whole-step.ts";
import { trainedWeights } from "../../../gpu-worker/training/trained-weights.ts";
import { runtime } from "../engine/run-graph.ts";
import { seededRandom } from "../seeded-random.ts";

/** Numbers per token, and width of the hidden layer. */
const [width, hidden] = [4, 6];
/** Latents of 4 tokens. */
export const smallLatentShape = [1, 4, 4] as const;

/**
 * A network with what distillation needs of one, small enough to be written down twice: `u = W₂·tanh(W₁·(x + c + σ) +
 * b₁) + b₂` for every token x of an image, c a vector of the caption. `smallVelocity` is the same in float64.
 */
function buildSmallNetwork(): { g: GraphBuilder; tokens: Value } {
  const g = new GraphBuilder({ weights: trainedWeights() });
  const patches = g.input("patches", "float32", ["B", "X", width]);
  const caption = g.input("caption", "float32", ["B", "C", width]);
  const pooled = g.input("pooled", "float32", ["B", 1, width]);
  const time = g.input("sigma", "float32", ["B", 1, 1]);
  const x = concat(g, [add(g, add(g, patches, pooled), time), caption], 1, "S");
  const inner = tanh(g, linear(g, x, "inner", hidden, { bias: true }));
  return { g, tokens: linear(g, inner, "outer", width, { bias: true }) };
}

/** u of one item. @param weights - by the graph's names */
export function smallVelocity(
  weights: ReadonlyMap<string, ArrayLike<number>>,
  { ids, sigma, patches }: { ids: readonly number[]; sigma: number; patches: ArrayLike<number> },
): number[] {
  const [w1, b1, w2, b2] = ["inner.weight", "inner.bias", "outer.weight", "outer.bias"].map(
    (name) => weights.get(name)!,
  );
  const c = captionVector(ids);
  const velocity: number[] = [];
  for (let token = 0; token < patches.length / width; token++) {
    const inner = Array.from({ length: hidden }, (_, row) => {
      let sum = b1![row]!;
      for (let i = 0; i < width; i++) sum += w1![row * width + i]! * (patches[token * width + i]! + c[i]! + sigma);
      return Math.tanh(sum);
    });
    for (let row = 0; row < width; row++) {
      velocity.push(inner.reduce((sum, value, i) => sum + w2![row * hidden + i]! * value, b2![row]!));
    }
  }
  return velocity;
}

const captionVector = (ids: readonly number[]) =>
  Array.from({ length: width }, (_, i) => Math.fround(Math.sin(ids[0]! * (i + 1))));

async function smallBatch(items: readonly NoisyItem[]): Promise<TransformerBatch> {
  const sequence = (length: number): TokenSequence => ({
    length,
    count: length,
    values: new Float32Array(length * width),
    padding: new Uint8Array(length),
    positions: new Int32Array(3 * length),
  });
  const tokens = items[0]!.patches.length / width;
  const count = items.length;
  const flat = (of: (item: NoisyItem) => ArrayLike<number>) =>
    Float32Array.from(items.flatMap((item) => Array.from(of(item))));
  return {
    masked: false,
    items: items.map(() => ({ image: sequence(tokens), caption: sequence(1) })),
    feeds: {
      patches: floatFeed(
        flat(({ patches }) => patches),
        [count, tokens, width],
      ),
      caption: floatFeed(new Float32Array(count * width), [count, 1, width]),
      pooled: floatFeed(
        flat(({ ids }) => captionVector(ids)),
        [count, 1, width],
      ),
      sigma: floatFeed(
        flat(({ sigma }) => [sigma]),
        [count, 1, 1],
      ),
    },
  };
}

/** @param seed - of the first weights */
export function smallNetwork(seed: number, options: Partial<TrainStepOptions> = {}): VelocityNetwork {
  const adam = adamW({ betas: [0.9, 0.99] });
  const buildLoss = () => {
    const { g, tokens } = buildSmallNetwork();
    return { g, loss: flowMatchLoss(g, tokens) };
  };
  const random = seededRandom(seed);
  const initial = (_: string, shape: readonly number[]): Tensor => {
    const count = elementCount(shape);
    return tensor(
      Float32Array.from({ length: count }, () => 1.6 * random() - 0.8),
      shape,
    );
  };
  const runner = wholeStep(buildLoss, initial, runtime, { optimizerOf: () => adam, ema: true, ...options });
  return velocityNetwork({ batchOf: smallBatch, build: buildSmallNetwork, runner }, runtime);
}
