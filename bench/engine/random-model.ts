import { randomFillSync } from "node:crypto";
import { copyFile, mkdir, open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { elementCount } from "../../gpu-worker/tensor.ts";
import { blockFormMetadata } from "../../gpu-worker/weights/block-form.ts";
import { type ConversionTarget, planConversion } from "../../gpu-worker/weights/convert/plan-conversion.ts";
import type { TensorPlan } from "../../gpu-worker/weights/convert/tensor-plan.ts";
import { elementBytes } from "../../gpu-worker/weights/formats/safetensors.ts";
import { byteLength, type TensorHeader } from "../../gpu-worker/weights/formats/write-checkpoint.ts";
import { safetensorsHeader } from "../../gpu-worker/weights/formats/write-safetensors.ts";

const components = [
  ["text_encoder", "model.safetensors"],
  ["transformer", "diffusion_pytorch_model.safetensors"],
  ["vae", "diffusion_pytorch_model.safetensors"],
] as const;

/** Values that random tensors are cut from: a prime number, so that no two rows of a tensor are alike. */
const poolValues = 8_388_593;
const floatPoolValues = 100_003;
/** Root mean square of codes that are spread evenly over what 4 and 8 bits can say. */
const codeSize = { 4: 4.61, 8: 73.9 } as const;

/**
 * Lay a model with the released shapes and random weights into `folder`, in a form that `models -- convert` gives, a
 * few megabytes in memory at a time. The sizes of the weights are those of a network before training, so that its
 * activations stay finite.
 * @param released - folder with `state-dict-full.json` and `z-image-turbo/`
 * @param layers - of the transformer and, with one more, of the text encoder. @default the released depth
 * @returns bytes of weights
 */
export async function writeRandomModel(
  folder: string,
  released: string,
  tokenizer: string,
  target: ConversionTarget,
  layers?: number,
): Promise<number> {
  const stateDict = JSON.parse(await readFile(join(released, "state-dict-full.json"), "utf8")) as {
    components: Record<string, { tensors: Record<string, number[]> }>;
  };
  await writeFile(join(folder, "model_index.json"), await readFile(join(released, "z-image-turbo/model_index.json")));
  await copy(join(released, "z-image-turbo/scheduler"), join(folder, "scheduler"), "scheduler_config.json");
  await copy(tokenizer, join(folder, "tokenizer"), "tokenizer.json", "tokenizer_config.json");
  const pool = randomPool();
  let bytes = 0;
  for (const [component, file] of components) {
    await mkdir(join(folder, component));
    const config = JSON.parse(
      await readFile(join(released, "z-image-turbo", component, "config.json"), "utf8"),
    ) as object;
    const depth = layers === undefined ? {} : { n_layers: layers, num_hidden_layers: layers + 1 };
    await writeFile(join(folder, component, "config.json"), JSON.stringify({ ...config, ...depth }));
    const tensors = Object.entries(stateDict.components[component]!.tensors).filter(([name]) => {
      const layer = /^(model\.)?layers\.(\d+)\./.exec(name)?.[2];
      return (
        layer === undefined || layers === undefined || Number(layer) < layers + (component === "text_encoder" ? 1 : 0)
      );
    });
    const plans = tensors.map(([name, shape]) => {
      const length = 2 * elementCount(shape);
      return planConversion(name, { dtype: "BF16", shape, file: "", offset: 0, length }, target);
    });
    bytes += await writeRandomTensors(join(folder, component, file), plans, pool);
  }
  return bytes;
}

async function copy(from: string, to: string, ...names: string[]): Promise<void> {
  await mkdir(to);
  for (const name of names) await copyFile(join(from, name), join(to, name));
}

interface Pool {
  readonly bytes: Buffer;
  /** −1..1 */
  readonly singles: Float32Array<ArrayBuffer>;
}

function randomPool(): Pool {
  const bytes = randomFillSync(Buffer.alloc(poolValues));
  return { bytes, singles: new Float32Array(floatPoolValues).map((_, at) => (bytes[at]! - 127.5) / 127.5) };
}

async function writeRandomTensors(path: string, plans: readonly TensorPlan[], pool: Pool): Promise<number> {
  const notes = plans
    .flatMap((plan) => plan.notes ?? [])
    .map(({ name, text }) => ({ name, bytes: new TextEncoder().encode(text) }));
  const headers: TensorHeader[] = [
    ...plans.flatMap(({ outputs }) => outputs),
    ...notes.map(({ name, bytes }) => ({ name, dtype: "U8" as const, shape: [bytes.length] })),
  ];
  const entries = headers.map((header) => ({ ...header, length: byteLength(header) }));
  await using file = await open(path, "w");
  const isPublished = plans.some(({ encoding }) => encoding.kind === "rotated");
  await file.writeFile(safetensorsHeader(entries, isPublished ? undefined : blockFormMetadata));
  for (const plan of plans) {
    for (const output of plan.outputs) {
      for (const piece of randomPieces(plan, output, pool)) await file.writeFile(piece);
    }
  }
  for (const { bytes } of notes) await file.writeFile(bytes);
  return entries.reduce((sum, { length }) => sum + length, 0);
}

function* randomPieces({ source, encoding }: TensorPlan, output: TensorHeader, pool: Pool): Generator<Uint8Array> {
  const { shape } = source;
  const fanIn = elementCount(shape.slice(1));
  const isVector = shape.length === 1;
  const isNorm = isVector && output.name.endsWith(".weight");
  let from: Uint8Array;
  if (output.dtype === "U8" || output.dtype === "I8") from = pool.bytes;
  else if (encoding.kind === "blocks" || encoding.kind === "rotated") {
    // Scales that make the weights' root mean square one over the root of their number per row.
    const size = fanIn ** -0.5 / codeSize[encoding.kind === "blocks" ? encoding.bits : 8];
    from = bytesOf(pool.singles.map((value) => size * (1 + 0.2 * value)));
  } else {
    const stretch = isVector ? 0.1 : Math.sqrt(3 / fanIn);
    const values = pool.singles.map((value) => (isNorm ? 1 : 0) + stretch * value);
    from = bytesOf(Uint16Array.from(new Uint32Array(values.buffer), (bits) => bits >>> 16));
  }
  // Another start for each tensor: equal tensors would be packed once and count once in memory.
  const unit = elementBytes[output.dtype];
  let start = unit * Math.floor(Math.random() * (from.length / unit));
  for (let left = byteLength(output); left > 0; start = 0) {
    const piece = from.subarray(start, Math.min(from.length, start + left));
    yield piece;
    left -= piece.length;
  }
}

function bytesOf(values: Float32Array | Uint16Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
