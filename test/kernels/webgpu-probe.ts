import { chooseAttention } from "../../gpu-worker/models/choose-attention.ts";
import { loadTextEncoder } from "../../gpu-worker/models/text-encoder-model.ts";
import { loadTransformer } from "../../gpu-worker/models/transformer-model.ts";
import { loadVae } from "../../gpu-worker/models/vae-model.ts";
import { noiseLatents } from "../../gpu-worker/pipeline/latents.ts";
import { openModelFolder } from "../../gpu-worker/pipeline/model-folder.ts";
import { createFfiRuntime } from "../../gpu-worker/runtime/ffi-runtime.ts";
import type { OnnxRuntime } from "../../gpu-worker/runtime/onnx-session.ts";
import type { Tensor } from "../../gpu-worker/tensor.ts";
import { preload } from "./session-probe.ts";

/** How far the networks of a checkpoint are on WebGPU from what they are on the CPU. */
export interface WebgpuResult {
  readonly attention: string;
  /** By model folder and network: largest absolute difference over the largest absolute value. */
  readonly differences: Readonly<Record<string, number>>;
}

/**
 * A process of its own, because a software Vulkan device may end badly: it writes its results as JSON and kills itself.
 * usage: webgpu-probe.ts VULKAN_LOADER MODEL_DIR...
 */
const [loader, ...models] = process.argv.slice(2);
preload([loader!]);
const webgpu = createFfiRuntime({ device: "webgpu" });
const attention = await chooseAttention(webgpu);
const differences: Record<string, number> = {};
for (const [index, model] of models.entries()) {
  const expected = await runNetworks(model, createFfiRuntime({ threads: 1 }), { attention: "fused" }, index === 0);
  const actual = await runNetworks(model, webgpu, { attention }, index === 0);
  for (const [network, tensor] of expected) {
    differences[`${network}, ${model}`] = relativeDifference(actual.get(network)!, tensor);
  }
}
const result: WebgpuResult = { attention, differences };
process.stdout.write(JSON.stringify(result), () => process.kill(process.pid, "SIGKILL"));

/** The networks of a small checkpoint, on inputs that are the same each time. 40 tokens of text and 64 of the joint sequence: more than any small special case takes. */
async function runNetworks(
  modelDir: string,
  runtime: OnnxRuntime,
  options: { readonly attention: "fused" | "decomposed" },
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
