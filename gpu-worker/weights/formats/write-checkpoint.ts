import { dirname } from "node:path";
import { replaceFile } from "../../../shared/process/replace-file.ts";
import { syncFolder } from "../../../shared/process/sync-folder.ts";
import { elementCount } from "../../tensor.ts";
import { elementBytes, type SafetensorsDtype } from "./safetensors.ts";
import { safetensorsHeader } from "./write-safetensors.ts";

export interface TensorHeader {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
}

/** Tensors that are made together. */
export interface CheckpointPart {
  readonly tensors: readonly TensorHeader[];
  /**
   * The values of all of `tensors`, in their order, little-endian and row-major; cut into pieces anywhere. Called once,
   * when its turn comes.
   */
  bytes(): Iterable<Uint8Array>;
}

export interface WriteCheckpointOptions {
  readonly metadata?: Readonly<Record<string, string>>;
  /** Called after each part. */
  readonly onPart?: (part: CheckpointPart) => void;
  /** Checked before each piece; what was written is removed. */
  readonly signal?: AbortSignal;
}

/**
 * Write a `.safetensors` file piece by piece: no more is in memory than one piece. The file appears whole under its
 * name, durable, or not at all.
 * @throws Error when a part's bytes are not as many as its headers say, and the signal's reason
 */
export async function writeCheckpoint(
  path: string,
  parts: readonly CheckpointPart[],
  { metadata, onPart, signal }: WriteCheckpointOptions = {},
): Promise<void> {
  const headers = parts.flatMap(({ tensors }) => tensors);
  const entries = headers.map((header) => ({ ...header, length: byteLength(header) }));
  await replaceFile(path, `${path}.partial`, async (file) => {
    await file.writeFile(safetensorsHeader(entries, metadata));
    for (const part of parts) {
      const expected = part.tensors.reduce((sum, header) => sum + byteLength(header), 0);
      let written = 0;
      for (const piece of part.bytes()) {
        signal?.throwIfAborted();
        await file.writeFile(piece);
        written += piece.length;
      }
      if (written !== expected) {
        throw new Error(`${part.tensors[0]?.name}: expected ${expected} bytes of values, got ${written}`);
      }
      onPart?.(part);
    }
  });
  await syncFolder(dirname(path));
}

/** Bytes of a tensor's values. */
export function byteLength({ dtype, shape }: Pick<TensorHeader, "dtype" | "shape">): number {
  return elementBytes[dtype] * elementCount(shape);
}
