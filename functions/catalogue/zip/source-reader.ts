import { Readable } from "node:stream";
import yauzl from "yauzl";
import type { ByteSource } from "../bytes/byte-source.ts";

const blockBytes = 262_144;

/** A byte source as yauzl reads it. The directory of a ZIP is read entry by entry, so a block is fetched at once. */
export class SourceReader extends yauzl.RandomAccessReader {
  readonly #source: ByteSource;
  #block = { start: 0, bytes: new Uint8Array() };
  /** Why the source could not be read: no fault of the file. */
  failure: unknown;

  constructor(source: ByteSource) {
    super();
    this.#source = source;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    this.#readBlock(position, length).then(
      (bytes) => {
        buffer.set(bytes, offset);
        callback(null);
      },
      (error: Error) => callback(error),
    );
  }

  async #readBlock(position: number, length: number): Promise<Uint8Array> {
    const { start, bytes } = this.#block;
    const isHeld = position >= start && position + length <= start + bytes.length;
    if (!isHeld) {
      const end = Math.min(this.#source.bytes, position + Math.max(length, blockBytes));
      if (position + length > end) throw new Error("the file ends too early");
      this.#block = { start: position, bytes: new Uint8Array(await this.#fetch(position, end)) };
    }
    const from = position - this.#block.start;
    return this.#block.bytes.subarray(from, from + length);
  }

  async #fetch(start: number, end: number): Promise<Uint8Array> {
    try {
      return await this.#source.read(start, end);
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }

  override _readStreamForRange(start: number, end: number): Readable {
    const fetch = (from: number, to: number) => this.#fetch(from, to);
    return Readable.from(
      (async function* () {
        for (let at = start; at < end; at += blockBytes) yield await fetch(at, Math.min(at + blockBytes, end));
      })(),
      { objectMode: false },
    );
  }
}
