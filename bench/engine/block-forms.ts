import { execFile } from "node:child_process";
import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { transformerBlock } from "../../gpu-worker/graph/blocks/transformer-block.ts";
import { encodeModel } from "../../gpu-worker/graph/encode-model.ts";
import { GraphBuilder } from "../../gpu-worker/graph/graph-builder.ts";
import type { GraphBuilderOptions } from "../../gpu-worker/graph/graph-options.ts";
import { recordingWeights } from "../../gpu-worker/graph/weight-audit.ts";
import { createNodeRuntime, type OnnxSession, type OnnxTensor } from "../../gpu-worker/runtime/onnx-session.ts";
import { elementCount } from "../../gpu-worker/tensor.ts";
import { blockFormMetadata } from "../../gpu-worker/weights/block-form.ts";
import { openCheckpoint } from "../../gpu-worker/weights/checkpoint.ts";
import { convertCheckpoint } from "../../gpu-worker/weights/convert/convert-checkpoint.ts";
import { type ConversionTarget, planConversion } from "../../gpu-worker/weights/convert/plan-conversion.ts";
import { encodeSafetensors, type TensorToWrite } from "../../gpu-worker/weights/formats/write-safetensors.ts";
import { checkpointWeights } from "../../gpu-worker/weights/weight-source.ts";
import { relativeError } from "../../test/support/engine/relative-error.ts";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { type Report, reportOf } from "../report.ts";
import { quantile } from "../statistics.ts";
import { block, blockFeeds, blockGraphInputs, dim, tokens } from "./block.ts";
import { meter, type Usage } from "./measure-image.ts";

const runs = 7;

/** One full-width transformer block in every form of weights, beside PyTorch where `python3` has it. */
export async function benchBlock(report: Report): Promise<void> {
  const threads = availableParallelism();
  const figure = reportOf("block", report);
  const detail = `dim ${dim}, ${tokens} tokens, ${threads} threads, median of ${runs}`;
  const medians = new Map<string, number>();
  const tell = (label: string, milliseconds: number, cpuMilliseconds: number) => {
    medians.set(label, cpuMilliseconds);
    figure(label, milliseconds, "ms", detail);
    figure(`${label}, CPU time`, cpuMilliseconds, "ms", "user and system");
  };
  for (const { label, runs: used, errors, ownErrors } of await measureForms(threads)) {
    const median = (pick: (usage: Usage) => number) => 1000 * quantile(used.map(pick), 0.5);
    tell(
      label,
      median(({ wallS }) => wallS),
      median(({ cpuS }) => cpuS),
    );
    const inputs = ["Gaussian", "planted outliers"] as const;
    for (const [at, input] of inputs.entries()) {
      if (label !== "float32") figure(`${label}, error, ${input}`, 100 * errors[at]!, "%", "of the block's output");
      if (ownErrors) figure(`${label}, error, ${input}`, 100 * ownErrors[at]!, "%", "to float32 with the same weights");
    }
  }
  const ratio = (a: string, b: string) => figure(`CPU time, ${a} ÷ ${b}`, medians.get(a)! / medians.get(b)!, "");
  ratio("w8a8", "int4");
  for (const dtype of ["float32", "bfloat16"]) {
    const peer = await peerBlock(threads, dtype);
    if (!peer) return console.error(`block    no peer to compare with: python3 has no torch with ${dtype} here`);
    tell(peer.runtime, peer.milliseconds, peer.cpuMilliseconds);
    ratio(peer.runtime, "w8a8");
  }
}

async function peerBlock(threads: number, dtype: string) {
  const script = join(import.meta.dirname, "peer-block.py");
  for (const python of ["python3", "/usr/bin/python3"]) {
    try {
      const args = [script, String(tokens), String(threads), String(runs), dtype];
      const { stdout } = await promisify(execFile)(python, args);
      const { runtime, milliseconds, cpu_milliseconds } = JSON.parse(stdout) as Record<
        "milliseconds" | "cpu_milliseconds",
        number[]
      > & { runtime: string };
      return {
        runtime,
        milliseconds: quantile(milliseconds, 0.5),
        cpuMilliseconds: quantile(cpu_milliseconds, 0.5),
      };
    } catch {
      // This interpreter, or torch in it, is not here.
    }
  }
  return undefined;
}

/** Channels that stand out in every token, and how far: what makes 8 bits per token hard. */
const outliers = { channels: [5, 700, 701, 1999, 3000, 3500], factor: 60 } as const;

interface Form {
  readonly label: string;
  readonly target?: ConversionTarget;
  readonly options?: GraphBuilderOptions;
}

/** `int8-convrot` is the weights of w8a8 computed in float32: what it loses by its activations is the rest. */
const forms: readonly Form[] = [
  { label: "float32" },
  { label: "int4", target: "int4" },
  { label: "int8", target: "int8" },
  { label: "w8a8", target: "int8-convrot", options: { integerProducts: "u8s8" } },
  { label: "int8-convrot", target: "int8-convrot" },
];

interface FormFigures {
  readonly label: string;
  readonly runs: readonly Usage[];
  /** Relative to the block's output with the original weights in float32, on Gaussian and on planted-outlier input. */
  readonly errors: readonly [number, number];
  /** The same, relative to the output with these weights in float32. */
  readonly ownErrors: readonly [number, number] | undefined;
}

/** One full-width block in every form, run in turns so that neighbours disturb all alike. */
async function measureForms(threads: number): Promise<FormFigures[]> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "z-image-forms-")));
  const sessions: { form: Form; session: OnnxSession; outputs: Float32Array[]; runs: Usage[] }[] = [];
  try {
    const original = join(folder, "original.safetensors");
    await writeFile(original, encodeSafetensors(Object.fromEntries(randomBlock())));
    const inputs = [gaussianInput(), outlierInput()];
    for (const form of forms) {
      const session = await openForm(folder, original, form, threads);
      const outputs: Float32Array[] = [];
      for (const feeds of inputs) outputs.push((await session.run(feeds)).get("y")!.data as Float32Array);
      sessions.push({ form, session, outputs, runs: [] });
    }
    for (let run = 0; run < runs; run++) {
      for (const each of sessions) {
        const used = meter();
        await each.session.run(inputs[0]!);
        each.runs.push(used());
      }
    }
    const [exact] = sessions;
    const expanded = sessions.at(-1)!;
    const errorsTo = (outputs: readonly Float32Array[], reference: readonly Float32Array[]): [number, number] => [
      relativeError(outputs[0]!, reference[0]!),
      relativeError(outputs[1]!, reference[1]!),
    ];
    return sessions.map(({ form, outputs, runs: timed }) => ({
      label: form.label,
      runs: timed,
      errors: errorsTo(outputs, exact!.outputs),
      ownErrors: form.label === "w8a8" ? errorsTo(outputs, expanded.outputs) : undefined,
    }));
  } finally {
    for (const { session } of sessions) await session.release();
    await rm(folder, { recursive: true, force: true });
  }
}

async function openForm(folder: string, original: string, { label, target, options }: Form, threads: number) {
  let path = original;
  if (target) {
    path = join(folder, `${label}.safetensors`);
    const plans = Array.from(openCheckpoint(original).tensors, ([name, tensor]) =>
      planConversion(name, tensor, target),
    );
    const metadata = target === "int8-convrot" ? undefined : blockFormMetadata;
    await convertCheckpoint(path, plans, { metadata });
  }
  const g = new GraphBuilder({ ...options, weights: checkpointWeights(openCheckpoint(path)) });
  buildBlock(g);
  const { bytes, ...sessionOptions } = encodeModel(g, "block");
  return createNodeRuntime({ threads }).createSession(bytes, sessionOptions);
}

/** In the scope of a layer: conversions know the layers of a model by their names. */
function buildBlock(g: GraphBuilder): void {
  const { x, inputs } = blockGraphInputs(g);
  g.output(
    "y",
    g.scope("layers.0", () => transformerBlock(g, x, inputs, block)),
  );
}

/** Weights of the size that a network has before training, norms about one. */
function randomBlock(): [string, TensorToWrite][] {
  const { source, reads } = recordingWeights();
  buildBlock(new GraphBuilder({ weights: source }));
  return reads.map(({ name, dims }, index) => {
    const isNorm = /norm\w*\.weight$/.test(name);
    const values = gaussian(10 + index, elementCount(dims), isNorm ? 0.2 : (dims.at(-1) ?? 1) ** -0.5);
    if (isNorm) values.forEach((value, at) => void (values[at] = 1 + value));
    return [name, { dtype: "F32", shape: dims, bytes: new Uint8Array(values.buffer) }];
  });
}

function gaussianInput(): Record<string, OnnxTensor> {
  const angles = gaussian(2, tokens * (block.headDim / 2), 2);
  const table = (of: (angle: number) => number): OnnxTensor => ({
    dtype: "float32",
    dims: [tokens, block.headDim / 2],
    data: angles.map(of),
  });
  return {
    ...blockFeeds(),
    x: { dtype: "float32", dims: [1, tokens, dim], data: gaussian(1, tokens * dim, 1) },
    time_embedding: { dtype: "float32", dims: [1, 256], data: gaussian(3, 256, 1) },
    rotary_cos: table(Math.cos),
    rotary_sin: table(Math.sin),
  };
}

function outlierInput(): Record<string, OnnxTensor> {
  const x = gaussian(1, tokens * dim, 1);
  for (let token = 0; token < tokens; token++) {
    for (const channel of outliers.channels) x[token * dim + channel]! *= outliers.factor;
  }
  return { ...gaussianInput(), x: { dtype: "float32", dims: [1, tokens, dim], data: x } };
}

/** Sums of four uniform numbers: near enough to a normal distribution, with the large values that make 8 bits hard. */
function gaussian(seed: number, count: number, deviation: number): Float32Array<ArrayBuffer> {
  const random = seededRandom(seed);
  const stretch = deviation * Math.sqrt(3);
  const values = new Float32Array(count);
  for (let at = 0; at < count; at++) values[at] = (random() + random() + random() + random() - 2) * stretch;
  return values;
}
