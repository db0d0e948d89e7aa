/** Bits of one value of a block. */
export type BlockBits = 4 | 8;

/** A matrix in blocks along its rows: the value is `(code − 2^(bits−1)) · scale` of its block. */
export interface QuantizedBlocks {
  /** `[rows, blocks, blockSize · bits / 8]`, for 4 bits the earlier value in the low nibble. */
  readonly packed: Uint8Array<ArrayBuffer>;
  /** `[rows, blocks]`, finite; negative where the value of largest size is positive and `bits` is 4. */
  readonly scales: Float32Array<ArrayBuffer>;
}

/**
 * Quantise to the layout of the runtime's MatMulNBits without zero points. 8 bits: `scale = max |block| / 127`. 4 bits:
 * the value of largest size becomes the code 0 (that is −8), and the scale is then moved to the least-squares optimum
 * for the codes when that lessens the error.
 * @param values - `[rows, width]` row-major, width a multiple of `blockSize`
 * @param blockSize - a power of two from 16
 * @throws RangeError for a value that is not finite
 */
export function quantizeBlocks(values: Float32Array, bits: BlockBits, blockSize: number): QuantizedBlocks {
  const blocks = values.length / blockSize;
  if (!Number.isInteger(blocks)) throw new Error(`${values.length} values are no whole number of blocks`);
  const packed = new Uint8Array((values.length * bits) / 8);
  const scales = new Float32Array(blocks);
  const codes = new Int8Array(blockSize);
  for (let block = 0; block < blocks; block++) {
    const start = block * blockSize;
    const largest = largestOf(values, start, blockSize);
    if (bits === 8) {
      const scale = Math.fround(Math.abs(largest) / 127) || 1;
      scales[block] = scale;
      for (let i = 0; i < blockSize; i++)
        packed[start + i] = clamp(Math.round(values[start + i]! / scale), -127, 127) + 128;
    } else {
      scales[block] = fourBitScale(values, start, largest, codes);
      for (let i = 0; i < blockSize; i += 2) {
        packed[(start + i) >> 1] = (codes[i]! + 8) | ((codes[i + 1]! + 8) << 4);
      }
    }
  }
  return { packed, scales };
}

/** The value of largest size, with its sign. */
function largestOf(values: Float32Array, start: number, count: number): number {
  let largest = 0;
  for (let at = start; at < start + count; at++) {
    const value = values[at]!;
    if (!(Math.abs(value) < Number.POSITIVE_INFINITY)) throw new RangeError(`value ${at} is ${value}`);
    if (Math.abs(value) > Math.abs(largest)) largest = value;
  }
  return largest;
}

/** Fills `codes` with −8..7. @returns the scale that goes with them */
function fourBitScale(values: Float32Array, start: number, largest: number, codes: Int8Array): number {
  const first = Math.fround(largest / -8) || 1;
  const firstError = encode(values, start, first, codes);
  let products = 0;
  let squares = 0;
  for (let i = 0; i < codes.length; i++) {
    products += values[start + i]! * codes[i]!;
    squares += codes[i]! ** 2;
  }
  const better = Math.fround(products / squares);
  if (squares === 0 || better === 0 || better === first) return first;
  if (encode(values, start, better, codes) < firstError) return better;
  encode(values, start, first, codes);
  return first;
}

/** Nearest codes for a scale. @returns the sum of squared errors */
function encode(values: Float32Array, start: number, scale: number, codes: Int8Array): number {
  let error = 0;
  for (let i = 0; i < codes.length; i++) {
    const value = values[start + i]!;
    const code = clamp(Math.round(value / scale), -8, 7);
    codes[i] = code;
    error += (value - code * scale) ** 2;
  }
  return error;
}

function clamp(value: number, least: number, most: number): number {
  return value < least ? least : value > most ? most : value;
}

/** The inverse, each product rounded to float32. */
export function dequantizeBlocks(
  packed: Uint8Array,
  scales: Float32Array,
  bits: BlockBits,
  blockSize: number,
): Float32Array<ArrayBuffer> {
  const values = new Float32Array((packed.length * 8) / bits);
  if (values.length !== scales.length * blockSize) {
    throw new Error(`${values.length} values need ${values.length / blockSize} scales, got ${scales.length}`);
  }
  for (let at = 0; at < values.length; at++) {
    const code = bits === 8 ? packed[at]! - 128 : ((packed[at >> 1]! >> (4 * (at & 1))) & 15) - 8;
    values[at] = code * scales[Math.floor(at / blockSize)]!;
  }
  return values;
}
