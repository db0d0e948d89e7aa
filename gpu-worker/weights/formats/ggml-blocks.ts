/**
 * Tensor types of ggml, as GGUF files number them: values per block, bytes per block, and how a block turns into
 * floats. Types that are absent here (the IQ types below four bits, ternary ones, integers) are not read.
 * @see ggml `src/ggml-common.h` (layouts), `src/ggml-quants.c` (`dequantize_row_*`)
 */
export interface GgmlType {
  readonly name: string;
  readonly blockValues: number;
  readonly blockBytes: number;
}

/** Types stored as plain floats, under their safetensors names. */
export const ggmlFloats: ReadonlyMap<number, "F32" | "F16" | "BF16"> = new Map([
  [0, "F32"],
  [1, "F16"],
  [30, "BF16"],
]);

interface BlockType extends GgmlType {
  /** Decode the block that starts at byte `at` of `bytes` to `out[to …]`. */
  decode(bytes: DataView, at: number, out: Float32Array, to: number): void;
}

const blockType = (
  name: string,
  blockValues: number,
  blockBytes: number,
  decode: BlockType["decode"],
): readonly [string, BlockType] => [name, { name, blockValues, blockBytes, decode }];

const half = (bytes: DataView, at: number) => bytes.getFloat16(at, true);

/** Five low bits of 32 values: nibbles in `qs`, the fifth bit in `qh`. */
function fiveBits(bytes: DataView, qh: number, qs: number, j: number): readonly [number, number] {
  const high = bytes.getUint32(qh, true);
  const byte = bytes.getUint8(qs + j);
  return [(byte & 15) | (((high >>> j) & 1) << 4), (byte >> 4) | (((high >>> (j + 16)) & 1) << 4)];
}

/** Scale and minimum, six bits each, of sub-block `j` of 8 in the 12 bytes at `at`. */
function scaleAndMin(bytes: DataView, at: number, j: number): readonly [number, number] {
  const byte = (index: number) => bytes.getUint8(at + index);
  if (j < 4) return [byte(j) & 63, byte(j + 4) & 63];
  return [(byte(j + 4) & 15) | ((byte(j - 4) >> 6) << 4), (byte(j + 4) >> 4) | ((byte(j) >> 6) << 4)];
}

/** Steps of the IQ4 types: closer together around zero, where most weights are. */
const iq4Steps = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113] as const;

/** 32 values from the 16 bytes at `at`: low nibbles first, then high ones. */
function decodeIq4(bytes: DataView, at: number, scale: number, out: Float32Array, to: number): void {
  for (let j = 0; j < 16; j++) {
    const byte = bytes.getUint8(at + j);
    out[to + j] = scale * iq4Steps[byte & 15]!;
    out[to + j + 16] = scale * iq4Steps[byte >> 4]!;
  }
}

const blockTypes: ReadonlyMap<string, BlockType> = new Map([
  blockType("Q4_0", 32, 18, (bytes, at, out, to) => {
    const d = half(bytes, at);
    for (let j = 0; j < 16; j++) {
      const byte = bytes.getUint8(at + 2 + j);
      out[to + j] = ((byte & 15) - 8) * d;
      out[to + j + 16] = ((byte >> 4) - 8) * d;
    }
  }),
  blockType("Q4_1", 32, 20, (bytes, at, out, to) => {
    const d = half(bytes, at);
    const m = half(bytes, at + 2);
    for (let j = 0; j < 16; j++) {
      const byte = bytes.getUint8(at + 4 + j);
      out[to + j] = (byte & 15) * d + m;
      out[to + j + 16] = (byte >> 4) * d + m;
    }
  }),
  blockType("Q5_0", 32, 22, (bytes, at, out, to) => {
    const d = half(bytes, at);
    for (let j = 0; j < 16; j++) {
      const [low, high] = fiveBits(bytes, at + 2, at + 6, j);
      out[to + j] = (low - 16) * d;
      out[to + j + 16] = (high - 16) * d;
    }
  }),
  blockType("Q5_1", 32, 24, (bytes, at, out, to) => {
    const d = half(bytes, at);
    const m = half(bytes, at + 2);
    for (let j = 0; j < 16; j++) {
      const [low, high] = fiveBits(bytes, at + 4, at + 8, j);
      out[to + j] = low * d + m;
      out[to + j + 16] = high * d + m;
    }
  }),
  blockType("Q8_0", 32, 34, (bytes, at, out, to) => {
    const d = half(bytes, at);
    for (let j = 0; j < 32; j++) out[to + j] = bytes.getInt8(at + 2 + j) * d;
  }),
  blockType("IQ4_NL", 32, 18, (bytes, at, out, to) => {
    decodeIq4(bytes, at + 2, half(bytes, at), out, to);
  }),
  blockType("IQ4_XS", 256, 136, (bytes, at, out, to) => {
    const d = half(bytes, at);
    const high = bytes.getUint16(at + 2, true);
    for (let sub = 0; sub < 8; sub++) {
      const low = (bytes.getUint8(at + 4 + (sub >> 1)) >> (4 * (sub & 1))) & 15;
      const scale = (low | (((high >> (2 * sub)) & 3) << 4)) - 32;
      decodeIq4(bytes, at + 8 + 16 * sub, d * scale, out, to + 32 * sub);
    }
  }),
  blockType("Q2_K", 256, 84, (bytes, at, out, to) => {
    const d = half(bytes, at + 80);
    const dMin = half(bytes, at + 82);
    for (let i = 0; i < 256; i++) {
      const scale = bytes.getUint8(at + (i >> 4));
      const byte = bytes.getUint8(at + 16 + (i >> 7) * 32 + (i & 31));
      out[to + i] = d * (scale & 15) * ((byte >> (2 * ((i >> 5) & 3))) & 3) - dMin * (scale >> 4);
    }
  }),
  blockType("Q3_K", 256, 110, (bytes, at, out, to) => {
    const d = half(bytes, at + 108);
    const scaleOf = (index: number) => {
      const low = (bytes.getUint8(at + 96 + (index & 7)) >> (index < 8 ? 0 : 4)) & 15;
      const high = (bytes.getUint8(at + 96 + 8 + (index & 3)) >> (2 * (index >> 2))) & 3;
      return (low | (high << 4)) - 32;
    };
    for (let i = 0; i < 256; i++) {
      const byte = bytes.getUint8(at + 32 + (i >> 7) * 32 + (i & 31));
      const high = (bytes.getUint8(at + (i & 31)) >> (i >> 5)) & 1;
      out[to + i] = d * scaleOf(i >> 4) * (((byte >> (2 * ((i >> 5) & 3))) & 3) - (high ? 0 : 4));
    }
  }),
  blockType("Q4_K", 256, 144, (bytes, at, out, to) => {
    const d = half(bytes, at);
    const dMin = half(bytes, at + 2);
    for (let sub = 0; sub < 8; sub++) {
      const [scale, min] = scaleAndMin(bytes, at + 4, sub);
      const shift = 4 * (sub & 1);
      for (let l = 0; l < 32; l++) {
        const code = (bytes.getUint8(at + 16 + 32 * (sub >> 1) + l) >> shift) & 15;
        out[to + 32 * sub + l] = d * scale * code - dMin * min;
      }
    }
  }),
  blockType("Q5_K", 256, 176, (bytes, at, out, to) => {
    const d = half(bytes, at);
    const dMin = half(bytes, at + 2);
    for (let sub = 0; sub < 8; sub++) {
      const [scale, min] = scaleAndMin(bytes, at + 4, sub);
      const shift = 4 * (sub & 1);
      for (let l = 0; l < 32; l++) {
        const low = (bytes.getUint8(at + 48 + 32 * (sub >> 1) + l) >> shift) & 15;
        const high = (bytes.getUint8(at + 16 + l) >> sub) & 1;
        out[to + 32 * sub + l] = d * scale * (low | (high << 4)) - dMin * min;
      }
    }
  }),
  blockType("Q6_K", 256, 210, (bytes, at, out, to) => {
    const d = half(bytes, at + 208);
    for (let i = 0; i < 256; i++) {
      const part = (i >> 5) & 3; // of four in each half of 128 values
      const l = i & 31;
      const low = (bytes.getUint8(at + 64 * (i >> 7) + 32 * (part & 1) + l) >> (4 * (part >> 1))) & 15;
      const high = (bytes.getUint8(at + 128 + 32 * (i >> 7) + l) >> (2 * part)) & 3;
      out[to + i] = d * bytes.getInt8(at + 192 + (i >> 4)) * ((low | (high << 4)) - 32);
    }
  }),
]);

/** Numbers of the quantised types in a GGUF file. */
const blockTypeNumbers: ReadonlyMap<number, string> = new Map([
  [2, "Q4_0"],
  [3, "Q4_1"],
  [6, "Q5_0"],
  [7, "Q5_1"],
  [8, "Q8_0"],
  [10, "Q2_K"],
  [11, "Q3_K"],
  [12, "Q4_K"],
  [13, "Q5_K"],
  [14, "Q6_K"],
  [20, "IQ4_NL"],
  [23, "IQ4_XS"],
]);

/** Types that are not read, by number, for messages. */
const otherTypes: ReadonlyMap<number, string> = new Map([
  [9, "Q8_1"],
  [15, "Q8_K"],
  [16, "IQ2_XXS"],
  [17, "IQ2_XS"],
  [18, "IQ3_XXS"],
  [19, "IQ1_S"],
  [21, "IQ3_S"],
  [22, "IQ2_S"],
  [24, "I8"],
  [25, "I16"],
  [26, "I32"],
  [27, "I64"],
  [28, "F64"],
  [29, "IQ1_M"],
  [34, "TQ1_0"],
  [35, "TQ2_0"],
  [39, "MXFP4"],
  [40, "NVFP4"],
]);

/** How people call a type that is not read. */
export function nameOfOtherType(number: number): string {
  return otherTypes.get(number) ?? `number ${number}`;
}

/** @returns `undefined` for a number that is no quantised type that can be read */
export function ggmlTypeOfNumber(number: number): GgmlType | undefined {
  return blockTypes.get(blockTypeNumbers.get(number) ?? "");
}

export const readableGgmlTypes: readonly string[] = [...ggmlFloats.values(), ...blockTypes.keys()];

/** Bytes of `values` values, a whole number of blocks. @param name - of a type that `ggmlTypeOfNumber` gave */
export function ggmlBytes(name: string, values: number): number {
  const { blockValues, blockBytes } = known(name);
  if (values % blockValues !== 0) throw new Error(`${values} values are no whole number of ${name} blocks`);
  return (values / blockValues) * blockBytes;
}

/** @param bytes - whole blocks of type `name` */
export function dequantizeGgml(name: string, bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const { blockValues, blockBytes, decode } = known(name);
  const blocks = bytes.length / blockBytes;
  if (!Number.isInteger(blocks)) throw new Error(`${bytes.length} bytes are no whole number of ${name} blocks`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const out = new Float32Array(blocks * blockValues);
  for (let block = 0; block < blocks; block++) decode(view, block * blockBytes, out, block * blockValues);
  return out;
}

function known(name: string): BlockType {
  const type = blockTypes.get(name);
  if (!type) throw new Error(`no ggml type is called ${name}`);
  return type;
}
