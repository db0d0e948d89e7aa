import { availableParallelism } from "node:os";
import { transformerBlock } from "../../gpu-worker/graph/blocks/transformer-block.ts";
import { encodeModel } from "../../gpu-worker/graph/encode-model.ts";
import { GraphBuilder } from "../../gpu-worker/graph/graph-builder.ts";
import type { WeightSource } from "../../gpu-worker/graph/weight-source.ts";
import { floatFeed } from "../../gpu-worker/networks/open-session.ts";
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
    const forward = await benchForward(frozen, threads);
    const both = process.resourceUsage().maxRSS / 2 ** 20;
    await session.release();
    const detail = `dim ${dim}, ${tokens} tokens, rank ${rank}, float32, ${threads} threads, median of ${runs}`;
    const time = summarise(milliseconds).median;
    report({ bench: "train-block", what: "LoRA block, forward and backward", value: time, unit: "ms", detail });
    report({ bench: "train-block", what: "largest resident memory", value: memory, unit: "GiB" });
    const networks = "teacher, student and fake in turn over one copy of the weights";
    report({
      bench: "train-block",
      what: "distillation: forward of one of them",
      value: forward,
      unit: "ms",
      detail: networks,
    });
    report({ bench: "train-block", what: "largest resident memory with both sessions", value: both, unit: "GiB" });
  });
}

/**
 * What distillation runs beside its steps: one session whose branches are fed, so that it is the teacher with zeros,
 * and the student and the fake with theirs.
 * @returns milliseconds of a run, the median
 */
async function benchForward(frozen: WeightSource, threads: number): Promise<number> {
  const g = loraGraph(frozen);
  const { inputs, x } = blockGraphInputs(g);
  g.output("y", transformerBlock(g, x, inputs, block));
  const { bytes, ...options } = encodeModel(g, "forward block");
  const session = await createNodeRuntime({ threads }).createSession(bytes, options);
  const milliseconds: number[] = [];
  for (const network of ["teacher", "student", "fake"]) {
    const branches = g.parameters.map(({ name, dims }) => {
      const shape = dims as readonly number[];
      const count = shape.reduce((product, size) => product * size, 1);
      return [name, network === "teacher" ? floatFeed(new Float32Array(count), shape) : randomFeed(shape)] as const;
    });
    milliseconds.push(...(await timeRuns(session, { ...blockFeeds(), ...Object.fromEntries(branches) }, 1)));
  }
  await session.release();
  return summarise(milliseconds).median;
}

function blockBackward(frozen: WeightSource): GraphBuilder {
  const g = loraGraph(frozen);
  const { x, inputs } = blockGraphInputs(g);
  buildSegmentBackward(g, { inputs: [x], outputs: { y: transformerBlock(g, x, inputs, block) } });
  return g;
}

function loraGraph(frozen: WeightSource): GraphBuilder {
  return new GraphBuilder({ weights: trainedWeights({ frozen, lowRank: { targets: () => true, rank, alpha: rank } }) });
}
