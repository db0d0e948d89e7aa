import { closeSync, fstatSync, openSync, readSync, realpathSync, statSync } from "node:fs";
import { InvalidFileError } from "../../../shared/errors.ts";
import type { BlockBits } from "../convert/quantize-blocks.ts";
import { duplicateKey } from "./json-keys.ts";

/** Bytes of one element. Sub-byte types (F4, F6) are not read by anything here and count as unknown. */
export const elementBytes = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  F8_E8M0: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
} as const;

export type SafetensorsDtype = keyof typeof elementBytes;

interface TensorEntry {
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  /** First byte, counted from the start of the file. */
  readonly offset: number;
  readonly length: number;
}

export interface StoredTensor extends TensorEntry {
  /** Real path of the file: every symbolic link is resolved. */
  readonly file: string;
  /**
   * float32 `[rows]` of an I8 tensor that `openCheckpoint` found to be quantised: each value times the scale of its
   * row.
   */
  readonly rowScales?: StoredTensor;
  /** Present when the bytes are codes in blocks along the rows of a matrix; `shape` is the matrix, `dtype` U8. */
  readonly blocks?: BlockEncoding;
  /**
   * Present when the bytes are ggml blocks of this type, as in GGUF files; `shape` is that of the values, `dtype` U8.
   */
  readonly ggml?: string;
  /** Present when the bytes are codes of another program's form, with scales; `shape` is that of the values. */
  readonly codes?: ScaledCodes;
}

/** How a matrix `[rows, width]` is packed in the layout of `quantizeBlocks`. */
interface BlockEncoding {
  readonly bits: BlockBits;
  readonly blockSize: number;
  /** F32 `[rows, width / blockSize]` */
  readonly scales: StoredTensor;
}

/**
 * Weights of other programs that are codes with scales: `value = code · scale · globalScale`, then rotated back where
 * they were rotated.
 */
export interface ScaledCodes {
  /** `fp8`: a float of 8 bits; `int8`: −128..127; `fp4`: E2M1, two in a byte, the earlier in the high nibble. */
  readonly code: "fp8" | "int8" | "fp4";
  readonly scales: ScaleGrid;
  /** F32 of one value, beside the scales of blocks. */
  readonly globalScale: StoredTensor | undefined;
  /** Inputs that were rotated together before rounding (`rotateGroups`). */
  readonly rotationGroup: number | undefined;
  /**
   * The row of `scales` that the first row of the tensor belongs to, counted in rows of the whole matrix: a slice keeps
   * all scales.
   */
  readonly firstRow: number;
}

/** A scale for each block of `blockRows` × `blockColumns` values. */
export interface ScaleGrid {
  readonly scales: StoredTensor;
  readonly blockRows: number;
  readonly blockColumns: number;
  /** Blocks across, without what tiles fill up. */
  readonly columns: number;
  /** In the order in which tensor cores read scales: tiles of 128 rows × 4 columns, each as 32 rows of 16. */
  readonly tiled: boolean;
}

export interface SafetensorsFile {
  /** Real path. */
  readonly path: string;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

/** The limit of the reference reader; the largest released header is under 100 kB. */
const maxHeaderBytes = 100_000_000;
const maxRank = 8;
/** Of the released models the text encoder has the most, 398; a LoRA of theirs has some 3000. */
const maxTensors = 100_000;

/**
 * Read the header of a `.safetensors` file; no weight is read. The file is treated as hostile, and the rules are those
 * of the reference reader: `u64 little-endian header length, JSON header, data`; the tensors fill the data without a
 * hole, an overlap or a rest.
 * @throws InvalidFileError naming file and tensor, what was expected and what came
 * @see huggingface/safetensors `safetensors/src/tensor.rs`, `Metadata::validate`
 */
export function readSafetensors(path: string): SafetensorsFile {
  const file = resolve(path);
  return withFile(file, (descriptor) => {
    const { size } = fstatSync(descriptor);
    const fail = (message: string, cause?: unknown) => new InvalidFileError(`${path}: ${message}`, { cause });
    if (size < 8) throw fail(`expected a safetensors file of at least 8 bytes, got ${size}`);
    const headerBytes = readAt(path, descriptor, 0, 8).readBigUInt64LE();
    if (headerBytes > maxHeaderBytes || headerBytes > size - 8) {
      const limit = Math.min(maxHeaderBytes, size - 8);
      throw fail(
        `header length must be at most ${limit} bytes, got ${headerBytes}; the file is truncated or damaged: download it again`,
      );
    }
    const dataStart = 8 + Number(headerBytes);
    const header = parseHeader(readAt(path, descriptor, 8, Number(headerBytes)), fail);
    const metadata = parseMetadata(header.get("__metadata__"), fail);
    header.delete("__metadata__");
    const tensors = new Map<string, StoredTensor>();
    for (const [name, value] of header) {
      tensors.set(name, { file, ...parseEntry(name, value, dataStart, size, fail) });
    }
    requireContiguous(tensors, dataStart, size, fail);
    return { path: file, tensors, metadata };
  });
}

type Fail = (message: string, cause?: unknown) => InvalidFileError;

function parseHeader(bytes: Uint8Array, fail: Fail): Map<string, unknown> {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch (cause) {
    throw fail(`header is not UTF-8 JSON (${(cause as Error).message})`, cause);
  }
  if (!isRecord(value)) throw fail("header must be a JSON object of tensors");
  const count = Object.keys(value).length;
  if (count > maxTensors) throw fail(`expected at most ${maxTensors} tensors, got ${count}; it is damaged`);
  const twice = duplicateKey(text);
  if (twice !== undefined) throw fail(`header has ${brief(twice)} twice`);
  return new Map(Object.entries(value));
}

function parseMetadata(value: unknown, fail: Fail): Map<string, string> {
  if (value === undefined) return new Map();
  if (!isRecord(value)) throw fail("__metadata__ must be an object of strings");
  const metadata = new Map<string, string>();
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== "string") throw fail(`__metadata__ ${brief(key)} must be a string, got ${typeof text}`);
    metadata.set(key, text);
  }
  return metadata;
}

function parseEntry(name: string, value: unknown, dataStart: number, fileBytes: number, fail: Fail): TensorEntry {
  const failTensor = (message: string) => fail(`tensor ${brief(name)}: ${message}`);
  if (!isRecord(value)) throw failTensor("expected {dtype, shape, data_offsets}");
  const { dtype, shape, data_offsets: offsets } = value;
  if (!isDtype(dtype))
    throw failTensor(`unknown dtype ${brief(dtype)}; known: ${Object.keys(elementBytes).join(", ")}`);
  if (!isSizes(shape) || shape.length > maxRank) {
    throw failTensor(`shape must be at most ${maxRank} non-negative integers, got ${brief(shape)}`);
  }
  if (!isSizes(offsets) || offsets.length !== 2) {
    throw failTensor(`data_offsets must be two non-negative integers, got ${brief(offsets)}`);
  }
  const [begin, end] = offsets as [number, number];
  const dataBytes = fileBytes - dataStart;
  if (begin > end || end > dataBytes) {
    throw failTensor(
      `data_offsets [${begin}, ${end}] must be in order and inside the ${dataBytes} data bytes of the file, which is ` +
        "truncated or damaged: download it again",
    );
  }
  // BigInt: a product of safe integers need not be one, and a rounded product could equal the byte count by chance.
  const expected = shape.reduce((product, size) => product * BigInt(size), BigInt(elementBytes[dtype]));
  if (expected !== BigInt(end - begin)) {
    throw failTensor(`${dtype} [${shape}] needs ${expected} bytes, data_offsets hold ${end - begin}`);
  }
  return { dtype, shape, offset: dataStart + begin, length: end - begin };
}

function requireContiguous(tensors: Map<string, TensorEntry>, dataStart: number, fileBytes: number, fail: Fail): void {
  const inOrder = [...tensors].sort(([, a], [, b]) => a.offset - b.offset || a.length - b.length);
  let position = dataStart;
  for (const [name, { offset, length }] of inOrder) {
    if (offset !== position) {
      const problem = offset < position ? "overlaps the tensor before it" : "leaves a hole before it";
      throw fail(`tensor ${brief(name)} ${problem}: expected to start at byte ${position}, got ${offset}`);
    }
    position += length;
  }
  if (position !== fileBytes) {
    throw fail(
      `the tensors end at byte ${position}, but the file has ${fileBytes}; it is truncated or damaged: download it again`,
    );
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isDtype(value: unknown): value is SafetensorsDtype {
  return typeof value === "string" && Object.hasOwn(elementBytes, value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/** A hostile value, short, and without walking into it: it may be nested deeper than the stack. */
function brief(value: unknown): string {
  if (!Array.isArray(value)) return briefScalar(value);
  const shown = value.slice(0, maxRank + 1).map(briefScalar);
  return `[${shown.join(", ")}${value.length > shown.length ? ", …" : ""}]`;
}

function briefScalar(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  return typeof value === "object" && value !== null ? "an object or array" : String(value);
}

/** The stored bytes of a tensor, or of `length` bytes from `start` within it. */
export function readTensorBytes(tensor: StoredTensor, start = 0, length = tensor.length - start): Buffer {
  return withFile(tensor.file, (descriptor) => readAt(tensor.file, descriptor, tensor.offset + start, length));
}

function resolve(path: string): string {
  try {
    const file = realpathSync(path);
    if (!statSync(file).isFile()) throw new Error("not a regular file"); // opening a pipe would wait for a writer
    return file;
  } catch (cause) {
    throw new InvalidFileError(`${path} cannot be opened: ${(cause as Error).message}`, { cause });
  }
}

function withFile<T>(path: string, use: (descriptor: number) => T): T {
  let descriptor: number;
  try {
    descriptor = openSync(path, "r");
  } catch (cause) {
    throw new InvalidFileError(`${path} cannot be opened: ${(cause as Error).message}`, { cause });
  }
  try {
    return use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function readAt(path: string, descriptor: number, position: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    // One read call moves at most 2 GiB on Linux.
    const count = readSync(descriptor, bytes, done, Math.min(length - done, 2 ** 30), position + done);
    if (count === 0)
      throw new InvalidFileError(`${path}: expected ${length} bytes at ${position}, the file ended after ${done}`);
    done += count;
  }
  return bytes;
}
