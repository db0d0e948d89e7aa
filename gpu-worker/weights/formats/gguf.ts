import { closeSync, fstatSync, openSync, readSync, realpathSync, statSync } from "node:fs";
import { InvalidFileError } from "../../../shared/errors.ts";
import { ggmlBytes, ggmlFloats, ggmlTypeOfNumber, nameOfOtherType, readableGgmlTypes } from "./ggml-blocks.ts";
import { elementBytes, type StoredTensor } from "./safetensors.ts";

export interface GgufFile {
  /** Real path. */
  readonly path: string;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** The metadata that are texts or single numbers; vocabularies and whole files in it are skipped. */
  readonly metadata: ReadonlyMap<string, string | number | bigint | boolean>;
}

/** Everything before the tensor data; the largest published ones, with a vocabulary, are 6 MB. */
const maxHeaderBytes = 100_000_000;
const maxEntries = 100_000;
/** Longer texts are skipped: `tokenizer.huggingface.json` is a file of 11 MB. */
const maxTextBytes = 1_000_000;
const maxNameBytes = 1_000;
const maxRank = 4;
/** Arrays within arrays. */
const maxArrayDepth = 4;

/**
 * Read the header of a GGUF file of version 2 or 3; no weight is read. The file is treated as hostile: every count,
 * length and offset is checked against the limits above and the file's own size before anything is allocated or read.
 * @throws InvalidFileError naming file, tensor and what is wrong
 * @see ggml `docs/gguf.md`
 */
export function readGguf(path: string): GgufFile {
  let descriptor: number;
  let file: string;
  try {
    file = realpathSync(path);
    if (!statSync(file).isFile()) throw new Error("not a regular file");
    descriptor = openSync(file, "r");
  } catch (cause) {
    throw new InvalidFileError(`${path} cannot be opened: ${(cause as Error).message}`, { cause });
  }
  try {
    return parse(path, file, new HeaderReader(path, descriptor));
  } finally {
    closeSync(descriptor);
  }
}

function parse(path: string, file: string, reader: HeaderReader): GgufFile {
  const fail = (message: string) => new InvalidFileError(`${path}: ${message}`);
  const magic = reader.bytes(4).toString("latin1");
  if (magic !== "GGUF") throw fail(`expected a GGUF file, got ${JSON.stringify(magic)} at its start`);
  const version = reader.u32();
  if (version === 2 << 24 || version === 3 << 24) {
    throw fail("is a GGUF file for big-endian machines; take the usual one, without big-endian or be in its name");
  }
  if (version !== 2 && version !== 3) throw fail(`expected GGUF version 2 or 3, got ${version}`);
  const tensorCount = reader.count("tensors", maxEntries);
  const metadataCount = reader.count("metadata entries", maxEntries);

  const metadata = new Map<string, string | number | bigint | boolean>();
  for (let i = 0; i < metadataCount; i++) {
    const key = reader.name();
    if (metadata.has(key)) throw fail(`metadata ${JSON.stringify(key)} is there twice`);
    const value = readValue(reader, reader.u32(), fail);
    if (value !== undefined) metadata.set(key, value);
  }
  const alignment = metadata.get("general.alignment") ?? 32;
  if (typeof alignment !== "number" || alignment < 1 || alignment > 65_536 || (alignment & (alignment - 1)) !== 0) {
    throw fail(`general.alignment must be a power of two up to 65536, got ${alignment}`);
  }

  const infos = Array.from({ length: tensorCount }, () => {
    const name = reader.name();
    const rank = reader.u32();
    if (rank < 1 || rank > maxRank) {
      throw fail(`tensor ${JSON.stringify(name)}: expected 1 to ${maxRank} axes, got ${rank}`);
    }
    const sizes = Array.from({ length: rank }, () => reader.count(`values along an axis of ${name}`, 2 ** 40));
    return { name, shape: sizes.toReversed(), type: reader.u32(), offset: reader.u64() };
  });
  const dataStart = Math.ceil(reader.position / alignment) * alignment;

  const tensors = new Map<string, StoredTensor>();
  for (const { name, shape, type, offset } of infos) {
    const failTensor = (message: string) => fail(`tensor ${JSON.stringify(name)}: ${message}`);
    if (tensors.has(name)) throw failTensor("is there twice");
    const place = { file, shape, offset: dataStart + Number(offset) };
    const values = shape.reduce((product, size) => product * BigInt(size), 1n);
    if (values > 2n ** 45n) throw failTensor(`[${shape}] is too large`);
    if (offset % BigInt(alignment) !== 0n || offset > BigInt(reader.fileBytes)) {
      throw failTensor(`offset ${offset} must be a multiple of ${alignment} inside the file`);
    }
    const float = ggmlFloats.get(type);
    const ggml = ggmlTypeOfNumber(type);
    let tensor: StoredTensor;
    if (float) tensor = { ...place, dtype: float, length: Number(values) * elementBytes[float] };
    else if (ggml) {
      if ((shape.at(-1) ?? 0) % ggml.blockValues !== 0) {
        throw failTensor(`rows of ${ggml.name} must be multiples of ${ggml.blockValues} values, got [${shape}]`);
      }
      tensor = { ...place, dtype: "U8", length: ggmlBytes(ggml.name, Number(values)), ggml: ggml.name };
    } else {
      throw failTensor(
        `the type ${nameOfOtherType(type)} is not read; take a file with ${readableGgmlTypes.join(", ")} alone`,
      );
    }
    if (tensor.offset + tensor.length > reader.fileBytes) {
      throw failTensor(
        `ends at byte ${tensor.offset + tensor.length}, but the file has ${reader.fileBytes}; it is truncated: ` +
          "download it again",
      );
    }
    tensors.set(name, tensor);
  }
  requireNoOverlap(tensors, fail);
  return { path: file, tensors, metadata };
}

function requireNoOverlap(tensors: ReadonlyMap<string, StoredTensor>, fail: (message: string) => Error): void {
  let end = 0;
  for (const [name, tensor] of [...tensors].sort(([, a], [, b]) => a.offset - b.offset || a.length - b.length)) {
    if (tensor.offset < end) throw fail(`tensor ${JSON.stringify(name)} overlaps the tensor before it`);
    end = tensor.offset + tensor.length;
  }
}

const scalarBytes = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8] as const;
const textType = 8;
const arrayType = 9;

/** One metadata value, or `undefined` for a long text and for an array, whose items are skipped. */
function readValue(
  reader: HeaderReader,
  type: number,
  fail: (message: string) => Error,
): string | number | bigint | boolean | undefined {
  if (type === textType) return reader.text();
  if (type === arrayType) {
    skipArray(reader, fail);
    return undefined;
  }
  if (type >= scalarBytes.length) throw fail(`metadata type ${type} is not known`);
  const bytes = reader.bytes(scalarBytes[type]!);
  switch (type) {
    case 0:
      return bytes.readUInt8();
    case 1:
      return bytes.readInt8();
    case 2:
      return bytes.readUInt16LE();
    case 3:
      return bytes.readInt16LE();
    case 4:
      return bytes.readUInt32LE();
    case 5:
      return bytes.readInt32LE();
    case 6:
      return bytes.readFloatLE();
    case 7:
      return bytes.readUInt8() !== 0;
    case 10:
      return bytes.readBigUInt64LE();
    case 11:
      return bytes.readBigInt64LE();
    default:
      return bytes.readDoubleLE();
  }
}

function skipArray(reader: HeaderReader, fail: (message: string) => Error, depth = 1): void {
  const itemType = reader.u32();
  // Every item has a byte at least, so the header's limit bounds the loops too.
  const count = reader.count("items of an array", maxHeaderBytes);
  if (itemType === textType) {
    for (let i = 0; i < count; i++) reader.skip(reader.count("bytes of a text", maxHeaderBytes));
  } else if (itemType === arrayType && depth < maxArrayDepth) {
    for (let i = 0; i < count; i++) skipArray(reader, fail, depth + 1);
  } else if (itemType < scalarBytes.length && itemType !== arrayType) {
    reader.skip(count * scalarBytes[itemType]!);
  } else {
    throw fail(`metadata arrays of type ${itemType} are not supported`);
  }
}

/** Reads forward through the start of a file, a piece at a time, and never past its end or the limit. */
class HeaderReader {
  position = 0;
  readonly fileBytes: number;
  readonly #path: string;
  readonly #descriptor: number;
  #chunk = Buffer.alloc(0);
  #chunkStart = 0;

  constructor(path: string, descriptor: number) {
    this.#path = path;
    this.#descriptor = descriptor;
    this.fileBytes = fstatSync(descriptor).size;
  }

  bytes(length: number): Buffer {
    const start = this.position;
    this.skip(length);
    const within = start - this.#chunkStart;
    if (within >= 0 && within + length <= this.#chunk.length) return this.#chunk.subarray(within, within + length);
    const chunk = Buffer.allocUnsafe(Math.min(Math.max(length, 1 << 20), this.fileBytes - start));
    let done = 0;
    while (done < length) {
      const count = readSync(this.#descriptor, chunk, done, chunk.length - done, start + done);
      if (count === 0) throw new InvalidFileError(`${this.#path}: the file shrank while it was read`);
      done += count;
    }
    this.#chunk = chunk.subarray(0, done);
    this.#chunkStart = start;
    return chunk.subarray(0, length);
  }

  skip(length: number): void {
    const end = this.position + length;
    if (end > this.fileBytes) {
      throw new InvalidFileError(
        `${this.#path}: the header goes on to byte ${end}, but the file has ${this.fileBytes}; it is truncated ` +
          "or damaged",
      );
    }
    if (end > maxHeaderBytes) {
      throw new InvalidFileError(`${this.#path}: the header must be at most ${maxHeaderBytes} bytes; it is damaged`);
    }
    this.position = end;
  }

  u32(): number {
    return this.bytes(4).readUInt32LE();
  }

  u64(): bigint {
    return this.bytes(8).readBigUInt64LE();
  }

  count(what: string, limit: number): number {
    const value = this.u64();
    if (value > BigInt(limit)) {
      throw new InvalidFileError(`${this.#path}: expected at most ${limit} ${what}, got ${value}; it is damaged`);
    }
    return Number(value);
  }

  name(): string {
    return this.bytes(this.count("bytes of a name", maxNameBytes)).toString("utf8");
  }

  /** @returns `undefined` for a long one, which is skipped */
  text(): string | undefined {
    const length = this.count("bytes of a text", maxHeaderBytes);
    if (length <= maxTextBytes) return this.bytes(length).toString("utf8");
    this.skip(length);
    return undefined;
  }
}
