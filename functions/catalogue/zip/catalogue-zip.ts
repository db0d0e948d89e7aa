import yauzl, { type Entry, type ZipFile } from "yauzl";
import { PipelineError } from "../../../shared/errors.ts";
import type { ByteSource } from "../bytes/byte-source.ts";
import type { ZipLimits } from "../limits.ts";
import { CatalogueError } from "../problems/catalogue-problem.ts";
import { SourceReader } from "./source-reader.ts";

/** A ZIP whose directory has been read and found within its limits. Names are compared without case. */
export class CatalogueZip {
  readonly #file: ZipFile;
  readonly #reader: SourceReader;
  readonly #entries: ReadonlyMap<string, Entry>;

  private constructor(file: ZipFile, reader: SourceReader, entries: ReadonlyMap<string, Entry>) {
    this.#file = file;
    this.#reader = reader;
    this.#entries = entries;
  }

  /** @throws CatalogueError `file_damaged`, `file_encrypted`, `file_inflates_too_much`, before anything is unpacked */
  static async open(source: ByteSource, limits: ZipLimits): Promise<CatalogueZip> {
    const reader = new SourceReader(source);
    try {
      const file = await yauzl.fromRandomAccessReaderPromise(reader, source.bytes, { autoClose: false });
      if (file.entryCount > limits.entries) throw inflates(`${file.entryCount} entries`, `${limits.entries} entries`);
      const entries = new Map<string, Entry>();
      let total = 0;
      for await (const entry of file.eachEntry()) {
        total += entry.uncompressedSize;
        checkEntry(entry, total, limits);
        if (!entry.fileName.endsWith("/")) entries.set(entry.fileName.toLowerCase(), entry);
      }
      return new CatalogueZip(file, reader, entries);
    } catch (error) {
      throw asFileError(error, reader);
    }
  }

  /** As they are spelled. */
  names(): string[] {
    return [...this.#entries.values()].map(({ fileName }) => fileName);
  }

  has(name: string): boolean {
    return this.#entries.has(name.toLowerCase());
  }

  bytesOf(name: string): number | undefined {
    return this.#entries.get(name.toLowerCase())?.uncompressedSize;
  }

  /**
   * The unpacked bytes of an entry, exactly as many as its directory says.
   * @throws CatalogueError `file_damaged`
   */
  async *stream(name: string): AsyncGenerator<Uint8Array, void> {
    const entry = this.#entries.get(name.toLowerCase());
    if (entry === undefined) throw new CatalogueError("file_damaged", { value: `${name} is missing` });
    try {
      const stream = await this.#file.openReadStreamPromise(entry);
      for await (const piece of stream) yield piece as Uint8Array;
    } catch (error) {
      throw asFileError(error, this.#reader);
    }
  }

  /** @throws CatalogueError `file_inflates_too_much` where it has more than `maxBytes` */
  async bytes(name: string, maxBytes: number): Promise<Uint8Array> {
    const size = this.bytesOf(name) ?? 0;
    if (size > maxBytes) throw inflates(`${name} with ${size} bytes`, `${maxBytes} bytes`);
    const pieces: Uint8Array[] = [];
    for await (const piece of this.stream(name)) pieces.push(piece);
    return Buffer.concat(pieces);
  }
}

function checkEntry(entry: Entry, total: number, limits: ZipLimits): void {
  const { fileName, compressedSize, uncompressedSize } = entry;
  if (entry.isEncrypted()) throw new CatalogueError("file_encrypted");
  const { entryBytes, totalBytes, ratio, ratioFromBytes } = limits;
  if (uncompressedSize > entryBytes) throw inflates(`${fileName} to ${uncompressedSize} bytes`, `${entryBytes} bytes`);
  if (total > totalBytes) throw inflates(`more than ${totalBytes} bytes in all`, `${totalBytes} bytes`);
  if (uncompressedSize > ratioFromBytes && uncompressedSize > ratio * compressedSize) {
    throw inflates(`${fileName} to ${Math.round(uncompressedSize / compressedSize)} times its size`, `${ratio} times`);
  }
}

export function inflates(value: string, limit: string): CatalogueError {
  return new CatalogueError("file_inflates_too_much", { value, limit });
}

/** What yauzl and zlib throw is about the file; what the source threw is not. */
export function asFileError(error: unknown, { failure }: SourceReader): unknown {
  if (failure !== undefined) return failure;
  if (error instanceof PipelineError || !(error instanceof Error)) return error;
  return new CatalogueError("file_damaged", { value: error.message }, { cause: error });
}
