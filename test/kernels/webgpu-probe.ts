import { encodeModel } from "../../gpu-worker/graph/encode-model.ts";
import { GraphBuilder } from "../../gpu-worker/graph/graph-builder.ts";
import type { AttentionForm } from "../../gpu-worker/graph/graph-options.ts";
import { plus, times } from "../../gpu-worker/graph/ops/arithmetic.ts";
import { chooseAttention } from "../../gpu-worker/networks/choose-attention.ts";
import { loadTextEncoder } from "../../gpu-worker/networks/text-encoder-model.ts";
import { loadTransformer } from "../../gpu-worker/networks/transformer/transformer-model.ts";
import { loadVae } from "../../gpu-worker/networks/vae-model.ts";
import { noiseLatents } from "../../gpu-worker/pipeline/latents.ts";
import { createFfiRuntime } from "../../gpu-worker/runtime/ffi/ffi-runtime.ts";
import type { OnnxRuntime } from "../../gpu-worker/runtime/onnx-session.ts";
import type { Tensor } from "../../gpu-worker/tensor.ts";
import { openModelFolder } from "../../gpu-worker/weights/folder/model-folder.ts";
import { preload } from "./session-probe.ts";

/** How far the networks of a checkpoint are on WebGPU from what they are on the CPU. */
export interface WebgpuResult {
  readonly attention: string;
  /** By model folder and network: largest absolute difference over the largest absolute value. */
  readonly differences: Readonly<Record<string, number>>;
  /** For a captured graph, run by run: the expected and the actual output. */
  readonly captured: readonly { readonly expected: readonly number[]; readonly actual: readonly number[] }[];
}

/**
 * A process of its own, because a software Vulkan device may end badly: it writes its results as JSON and kills itself.
 * usage: webgpu-probe.ts VULKAN_LOADER MODEL_DIR...
 */
const [loader, ...models] = process.argv.slice(2);
preload([loader!]);
const webgpu = createFfiRuntime({ device: "webgpu" });
const attention = await chooseAttention("webgpu", webgpu);
const differences: Record<string, number> = {};
for (const [index, model] of models.entries()) {
  const expected = await runNetworks(model, createFfiRuntime({ threads: 1 }), { attention: "fused" }, index === 0);
  const actual = await runNetworks(model, webgpu, { attention }, index === 0);
  for (const [network, tensor] of expected) {
    differences[`${network}, ${model}`] = relativeDifference(actual.get(network)!, tensor);
  }
}
const result: WebgpuResult = { attention, differences, captured: await runCaptured() };
process.stdout.write(JSON.stringify(result), () => process.kill(process.pid, "SIGKILL"));

/** `2x + 1` at two sizes in turn. */
async function runCaptured(): Promise<WebgpuResult["captured"]> {
  const g = new GraphBuilder();
  g.output("y", plus(g, times(g, g.input("x", "float32", ["A", 4]), 2), 1));
  const runtime = createFfiRuntime({ device: "webgpu", captureGraphs: true });
  const session = await runtime.createSession(encodeModel(g, "captured").bytes, { runsRepeat: true });
  const runs = [];
  for (const [run, rows] of [1, 1, 2, 1, 2, 2, 1].entries()) {
    const x = Float32Array.from({ length: 4 * rows }, (_, at) => 10 * run + at);
    const outputs = await session.run({ x: { dtype: "float32", data: x, dims: [rows, 4] } });
    runs.push({ expected: Array.from(x, (value) => 2 * value + 1), actual: [...outputs.get("y")!.data].map(Number) });
  }
  return runs;
}

/**
 * The networks of a small checkpoint, on inputs that are the same each time. 40 tokens of text and 64 of the joint
 * sequence: more than any small special case takes.
 */
async function runNetworks(
  modelDir: string,
  runtime: OnnxRuntime,
  options: { readonly attention: AttentionForm },
  withVae: boolean,
): Promise<Map<string, Tensor>> {
  const folder = await openModelFolder(modelDir);
  const textEncoder = await loadTextEncoder(folder.textEncoder, runtime, options);
  const promptEmbeds = await textEncoder.encode(Array.from({ length: 40 }, (_, at) => at + 1));
  const transformer = await loadTransformer(folder.transformer, runtime, options);
  const latents = noiseLatents(1, 64, 64);
  const [output] = await transformer.forward([{ latents, promptEmbeds, t: 0.5 }]);
  const tensors = new Map([
    ["text encoder", promptEmbeds],
    ["transformer", output!],
  ]);
  if (withVae) {
    const vae = await loadVae(folder.vae, runtime, options);
    const image = await vae.decode(latents);
    tensors.set("VAE decoder", image).set("VAE encoder", (await vae.encode(image)).mean);
  }
  return tensors;
}

function relativeDifference(actual: Tensor, expected: Tensor): number {
  const largest = expected.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const distance = expected.data.reduce((most, value, at) => Math.max(most, Math.abs(value - actual.data[at]!)), 0);
  return distance / largest;
}
