import { join, resolve } from "node:path";
import { z } from "zod";
import { InvalidFileError } from "../../../shared/errors.ts";
import { readJsonFile } from "../../weights/folder/json-file.ts";
import { readSafetensors, readTensorBytes, type StoredTensor } from "../../weights/formats/safetensors.ts";
import { readTensor } from "../../weights/tensor-values.ts";

/** One folder of reference numbers: `manifest.json` and `tensors.safetensors`. */
export interface GoldenCase {
  readonly name: string;
  readonly kind: string;
  /** Name of the checkpoint in the checkpoints folder; null where the case needs none. */
  readonly checkpoint: string | null;
  /** Kind-specific; parsed by the kind's own runner. */
  readonly inputs: unknown;
  /** The whole manifest, for fields of one kind alone. */
  readonly manifest: { readonly [field: string]: unknown };
  readonly manifestPath: string;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

const manifestFile = z.looseObject({
  format: z.literal(1),
  case: z.string().min(1),
  kind: z.string().min(1),
  checkpoint: z
    .string()
    .regex(/^[\w.-]+$/, "expected a folder name")
    .nullable(),
  tensors: z.record(z.string(), z.looseObject({ dtype: z.string(), shape: z.array(z.number()) })).default({}),
});

/** @throws InvalidFileError when the folder is not a case, or manifest and tensors disagree */
export async function openGoldenCase(dir: string): Promise<GoldenCase> {
  const manifestPath = join(resolve(dir), "manifest.json");
  const manifest = await readJsonFile(manifestPath, manifestFile);
  const expected = Object.entries(manifest.tensors);
  // The tokenizer case keeps everything in its manifest and has no tensor file.
  const tensors =
    expected.length === 0
      ? new Map<string, StoredTensor>()
      : readSafetensors(join(resolve(dir), "tensors.safetensors")).tensors;
  for (const name of tensors.keys()) {
    if (!(name in manifest.tensors))
      throw new InvalidFileError(`${manifestPath}: tensor ${name} is in the file but not in the manifest`);
  }
  for (const [name, { dtype, shape }] of expected) {
    const stored = tensors.get(name);
    if (!stored) throw new InvalidFileError(`${manifestPath}: tensor ${name} is in the manifest but not in the file`);
    if (stored.dtype !== dtype || `${stored.shape}` !== `${shape}`) {
      throw new InvalidFileError(
        `${manifestPath}: tensor ${name} is ${dtype} [${shape}] in the manifest, ${stored.dtype} ` +
          `[${stored.shape}] in the file`,
      );
    }
  }
  const { case: name, kind, checkpoint, inputs } = manifest;
  return { name, kind, checkpoint, inputs, manifest, manifestPath, tensors };
}

/** The kind's own inputs. @throws InvalidFileError naming the field */
export function parseInputs<T>(golden: GoldenCase, schema: z.ZodType<T>, value: unknown = golden.inputs): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new InvalidFileError(`${golden.manifestPath}: inputs.${issue?.path.join(".")}: ${issue?.message}`);
}

/** A stored tensor that a run starts from. @throws InvalidFileError when the case lacks it */
export function storedTensor(golden: GoldenCase, name: string): StoredTensor {
  const stored = golden.tensors.get(name);
  if (!stored)
    throw new InvalidFileError(`${golden.manifestPath}: a case of kind ${golden.kind} needs the tensor ${name}`);
  return stored;
}

/** Values of an F32, I32 or U8 tensor. */
export function storedValues(stored: StoredTensor): Float32Array | Int32Array | Uint8Array {
  if (stored.dtype === "F32") return readTensor(stored);
  const bytes = new Uint8Array(readTensorBytes(stored)); // aligned
  if (stored.dtype === "U8") return bytes;
  if (stored.dtype === "I32") return new Int32Array(bytes.buffer);
  throw new InvalidFileError(`${stored.file}: expected F32, I32 or U8 tensors, got ${stored.dtype}`);
}
