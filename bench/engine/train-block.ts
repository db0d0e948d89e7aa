import { availableParallelism } from "node:os";
import { transformerBlock } from "../../gpu-worker/graph/blocks/transformer-block.ts";
import { encodeModel } from "../../gpu-worker/graph/encode-model.ts";
import { GraphBuilder } from "../../gpu-worker/graph/graph-builder.ts";
import type { WeightSource } from "../../gpu-worker/graph/weight-source.ts";
import { createNodeRuntime } from "../../gpu-worker/runtime/onnx-session.ts";
import { buildSegmentBackward } from "../../gpu-worker/training/steps/segment.ts";
import { trainedWeights } from "../../gpu-worker/training/trained-weights.ts";
import type { Report } from "../report.ts";
import { summarise } from "../statistics.ts";
import { block, blockFeeds, blockGraphInputs, dim, randomFeed, timeRuns, tokens, withBlockWeights } from "./block.ts";

const rank = 16;
const runs = 3;

/**
 * LoRA training of one full-width block: computed again, then backwards to its input and to the branches of all its
 * linear layers.
 */
export async function benchTrainBlock(report: Report): Promise<void> {
  const threads = availableParallelism();
  await withBlockWeights(async (frozen) => {
    const g = blockBackward(frozen);
    const { bytes, ...options } = encodeModel(g, "train block");
    const session = await createNodeRuntime({ threads }).createSession(bytes, options);
    const branches = g.parameters.map(({ name, dims }) => [name, randomFeed(dims as readonly number[])] as const);
    const feeds = { ...blockFeeds(), ...Object.fromEntries(branches), "gradient y": randomFeed([1, tokens, dim]) };
    const milliseconds = await timeRuns(session, feeds, runs);
    const memory = process.resourceUsage().maxRSS / 2 ** 20;
    await session.release();
    const detail = `dim ${dim}, ${tokens} tokens, rank ${rank}, float32, ${threads} threads, median of ${runs}`;
    const time = summarise(milliseconds).median;
    report({ bench: "train-block", what: "LoRA block, forward and backward", value: time, unit: "ms", detail });
    report({ bench: "train-block", what: "largest resident memory", value: memory, unit: "GiB" });
  });
}

function blockBackward(frozen: WeightSource): GraphBuilder {
  const lowRank = { targets: () => true, rank, alpha: rank };
  const g = new GraphBuilder({ weights: trainedWeights({ frozen, lowRank }) });
  const { x, inputs } = blockGraphInputs(g);
  buildSegmentBackward(g, { inputs: [x], outputs: { y: transformerBlock(g, x, inputs, block) } });
  return g;
}
