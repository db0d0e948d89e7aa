/** One tensor for `encodeGguf`, its sizes in the order of the values' axes, slowest first. */
export interface GgufTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** As ggml numbers them: 0 F32, 1 F16, 2 Q4_0, 8 Q8_0, 12 Q4_K … */
  readonly type: number;
  readonly bytes: Uint8Array;
  /** In place of where the tensor really is. */
  readonly offset?: bigint;
}

export interface GgufOptions {
  readonly magic?: string;
  readonly version?: number;
  readonly tensorCount?: bigint;
  /** Encoded metadata entries, see `ggufText` and `ggufTextArray`. */
  readonly metadata?: readonly Uint8Array[];
  readonly alignment?: number;
}

/** The bytes of a GGUF file, true or not. @see ggml `docs/gguf.md` */
export function encodeGguf(tensors: readonly GgufTensor[], options: GgufOptions = {}): Buffer {
  const { magic = "GGUF", version = 3, metadata = [], alignment = 32 } = options;
  const header = [
    Buffer.from(magic),
    u32(version),
    u64(options.tensorCount ?? BigInt(tensors.length)),
    u64(BigInt(metadata.length)),
    ...metadata,
  ];
  const data: Buffer[] = [];
  let offset = 0;
  for (const { name, shape, type, bytes, offset: given } of tensors) {
    header.push(text(name), u32(shape.length), ...shape.toReversed().map((size) => u64(BigInt(size))), u32(type));
    header.push(u64(given ?? BigInt(offset)));
    const padding = (alignment - (bytes.length % alignment)) % alignment;
    data.push(Buffer.from(bytes), Buffer.alloc(padding));
    offset += bytes.length + padding;
  }
  const head = Buffer.concat(header);
  return Buffer.concat([head, Buffer.alloc((alignment - (head.length % alignment)) % alignment), ...data]);
}

export const ggufText = (key: string, value: string): Buffer => Buffer.concat([text(key), u32(8), text(value)]);
export const ggufNumber = (key: string, value: number): Buffer => Buffer.concat([text(key), u32(4), u32(value)]);
export const ggufTextArray = (key: string, values: readonly string[], count = BigInt(values.length)): Buffer =>
  Buffer.concat([text(key), u32(9), u32(8), u64(count), ...values.map(text)]);

function text(value: string): Buffer {
  return Buffer.concat([u64(BigInt(Buffer.byteLength(value))), Buffer.from(value)]);
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function u64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

/** float16 bits of a number, little-endian. */
export function half(value: number): number[] {
  return [...new Uint8Array(Float16Array.of(value).buffer)];
}

/** Values as Q8_0: blocks of 32 with a float16 scale. */
export function encodeQ8(values: Float32Array): Uint8Array {
  return blocksOf(values, (block) => {
    const scale = Float16Array.of(Math.max(...block.map(Math.abs)) / 127)[0]!;
    return [...half(scale), ...block.map((value) => Math.round(value / (scale || 1)) & 255)];
  });
}

/** Values as Q4_0: codes −8..7 of 32 values, the first sixteen in the low nibbles. */
export function encodeQ4(values: Float32Array): Uint8Array {
  return blocksOf(values, (block) => {
    const largest = block.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0);
    const scale = Float16Array.of(largest / -8)[0]!;
    const codes = block.map((value) => Math.max(0, Math.min(15, Math.round(value / (scale || 1)) + 8)));
    return [...half(scale), ...codes.slice(0, 16).map((low, j) => low | (codes[j + 16]! << 4))];
  });
}

function blocksOf(values: Float32Array, encode: (block: number[]) => number[]): Uint8Array {
  const blocks = Array.from({ length: values.length / 32 }, (_, i) =>
    encode([...values.subarray(32 * i, 32 * i + 32)]),
  );
  return Uint8Array.from(blocks.flat());
}
