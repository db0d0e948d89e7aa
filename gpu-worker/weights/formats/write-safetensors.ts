import type { SafetensorsDtype } from "./safetensors.ts";

export interface TensorToWrite {
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  /** Little-endian values, row-major. */
  readonly bytes: Uint8Array;
}

/**
 * The bytes of a `.safetensors` file that holds `tensors` in the order given. Everything is held in memory: for small
 * files.
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, TensorToWrite>>,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array {
  const entries = Object.entries(tensors).map(([name, { bytes, ...header }]) => ({
    name,
    ...header,
    length: bytes.length,
  }));
  return Buffer.concat([safetensorsHeader(entries, metadata), ...Object.values(tensors).map(({ bytes }) => bytes)]);
}

interface HeaderEntry {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  /** Bytes of its values. */
  readonly length: number;
}

/**
 * What stands before the values of `entries`, which follow back to back in the same order.
 * @throws Error for a name that occurs twice
 */
export function safetensorsHeader(
  entries: readonly HeaderEntry[],
  metadata?: Readonly<Record<string, string>>,
): Uint8Array {
  const header = new Map<string, unknown>(metadata ? [["__metadata__", metadata]] : []);
  let position = 0;
  for (const { name, dtype, shape, length } of entries) {
    if (header.has(name)) throw new Error(`two tensors are called ${name}`);
    header.set(name, { dtype, shape, data_offsets: [position, position + length] });
    position += length;
  }
  const text = JSON.stringify(Object.fromEntries(header));
  // Spaces up to a multiple of eight, as the reference writer does, so that mapped values are aligned.
  const headerBytes = Buffer.from(text + " ".repeat((8 - (Buffer.byteLength(text) % 8)) % 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(headerBytes.length));
  return Buffer.concat([length, headerBytes]);
}
