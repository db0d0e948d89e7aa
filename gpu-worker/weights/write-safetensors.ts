import type { SafetensorsDtype } from "./safetensors.ts";

export interface TensorToWrite {
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  /** Little-endian values, row-major. */
  readonly bytes: Uint8Array;
}

/** The bytes of a `.safetensors` file that holds `tensors` in the order given. Everything is held in memory: for small files. */
export function encodeSafetensors(
  tensors: Readonly<Record<string, TensorToWrite>>,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array {
  return Buffer.concat([safetensorsHeader(tensors, metadata), ...Object.values(tensors).map(({ bytes }) => bytes)]);
}

/** What stands in the file before the bytes of the tensors, which follow in the order given. */
export function safetensorsHeader(
  tensors: Readonly<Record<string, TensorToWrite>>,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array {
  const header: Record<string, unknown> = metadata ? { __metadata__: metadata } : {};
  let position = 0;
  for (const [name, { dtype, shape, bytes }] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [position, position + bytes.length] };
    position += bytes.length;
  }
  const text = JSON.stringify(header);
  // Spaces up to a multiple of eight, as the reference writer does, so that mapped values are aligned.
  const headerBytes = Buffer.from(text.padEnd(text.length + ((8 - (Buffer.byteLength(text) % 8)) % 8)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(headerBytes.length));
  return Buffer.concat([length, headerBytes]);
}
