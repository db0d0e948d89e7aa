import { type FileHandle, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { PipelineError } from "../../../shared/errors.ts";
import type { Clock } from "../../../shared/ports/clock.ts";
import { syncFolder } from "../../../shared/process/sync-folder.ts";
import { type Checksum, fileChecksum } from "./file-checksum.ts";

/** A file on a hub or in a bucket. */
export interface RemoteFile {
  readonly bytes: number;
  readonly checksum: Checksum;
  /**
   * Ask for the bytes from `start` up to, not including, `end`.
   * @throws ServerBusy to be asked again after a wait; a PipelineError that is not retryable to give up; any other
   * error to be asked again
   */
  read(start: number, end: number, signal: AbortSignal): Promise<FileBytes>;
  /**
   * The error that `downloadFile` throws in the end.
   * @param kind - `interrupted`: trying again later may help, what arrived is kept; `wrong`: this server has another
   * file
   */
  failure(kind: "interrupted" | "wrong", problem: string, cause?: unknown): PipelineError;
}

export interface FileBytes {
  readonly body: ReadableStream<Uint8Array>;
  /** The server sends the whole file, whatever it was asked for. */
  readonly isWhole: boolean;
}

/** The server asks for a pause. */
export class ServerBusy extends Error {
  readonly waitMs: number;

  constructor(message: string, waitMs: number) {
    super(message);
    this.waitMs = waitMs;
  }
}

export interface DownloadOptions {
  /** Requests at once for this file. @default 8 */
  readonly connections?: number;
  /**
   * Bytes asked for at a time; a piece that arrived whole is not asked for again after an interruption.
   * @default 16 MiB
   */
  readonly pieceBytes?: number;
  /** For the waits between tries. */
  readonly clock: Clock;
  /** 0..1, spreads the waits. @default Math.random */
  readonly random?: () => number;
  /** Called with each number of bytes that arrived for good, those of an earlier run first. */
  readonly onBytes?: (bytes: number) => void;
  /** Milliseconds without a byte after which a connection counts as lost. @default 30 000 */
  readonly stallMs?: number;
  readonly signal?: AbortSignal;
}

/** Failures in a row of one piece, without a byte between them. */
const maxTries = 6;
const longestWaitMs = 60_000;

/** What a download that is not finished leaves beside the file: its bytes, and the pieces of them that are done. */
export const unfinishedFiles = (path: string) => ({ partial: `${path}.partial`, journal: `${path}.pieces` });

/**
 * Download one file to `path` in pieces, several at once, resuming where an earlier run stopped. The file appears under
 * its name only when its length and checksum are as expected. A server without ranges is read from the start in one go.
 * Nothing is under way any more when this returns or throws.
 *
 * @throws what `file.failure` makes; what arrived is kept for the next try, unless its checksum was wrong
 */
export async function downloadFile(file: RemoteFile, path: string, options: DownloadOptions): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const { partial, journal } = unfinishedFiles(path);
  await (await open(partial, "a")).close(); // "r+", which writes at positions, needs a file that exists
  {
    await using target = await open(partial, "r+");
    await target.truncate(file.bytes);
    await new Download(file, target, options).run(journal);
    await target.sync();
  }
  const { kind, hex } = file.checksum;
  const actual = await fileChecksum(partial, kind);
  if (actual !== hex) {
    await rm(partial, { force: true });
    await rm(journal, { force: true });
    throw file.failure("wrong", `arrived with the ${kind} ${actual}, expected ${hex}, and was deleted`);
  }
  await rename(partial, path);
  await rm(journal, { force: true });
  await syncFolder(dirname(path));
}

interface Piece {
  readonly index: number;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

class Download {
  readonly #file: RemoteFile;
  readonly #target: FileHandle;
  readonly #options: DownloadOptions;

  constructor(file: RemoteFile, target: FileHandle, options: DownloadOptions) {
    this.#file = file;
    this.#target = target;
    this.#options = options;
  }

  async run(journalPath: string): Promise<void> {
    const { connections = 8, pieceBytes = 16 * 2 ** 20, signal: stopped } = this.#options;
    const done = await readJournal(journalPath, pieceBytes);
    const pieces = this.#missingPieces(done, pieceBytes);
    await using journal = await open(journalPath, "a");
    if (done.size === 0) {
      await journal.truncate(0);
      await journal.appendFile(`${pieceBytes}\n`);
    }
    const stop = new AbortController();
    const signal = stopped ? AbortSignal.any([stopped, stop.signal]) : stop.signal;
    const queue = pieces.values();
    const work = async () => {
      for (const piece of queue) {
        if (await this.#piece(piece, signal)) return stop.abort(finished);
        await journal.appendFile(`${piece.index}\n`);
      }
    };
    const workers = Array.from({ length: Math.min(connections, pieces.length) }, () =>
      work().catch((error: unknown) => stop.abort(error)),
    );
    await Promise.all(workers);
    stopped?.throwIfAborted();
    if (stop.signal.reason !== finished) stop.signal.throwIfAborted();
  }

  #missingPieces(done: ReadonlySet<number>, pieceBytes: number): Piece[] {
    const pieces: Piece[] = [];
    for (let index = 0, start = 0; start < this.#file.bytes; index++, start += pieceBytes) {
      const end = Math.min(this.#file.bytes, start + pieceBytes);
      if (done.has(index)) this.#options.onBytes?.(end - start);
      else pieces.push({ index, start, end });
    }
    return pieces;
  }

  /** @returns whether the server sent the whole file instead, and it is written */
  async #piece(piece: Piece, signal: AbortSignal): Promise<boolean> {
    let { start } = piece;
    for (let tries = 1; ; tries++) {
      const from = start;
      try {
        const { body, isWhole } = await this.#file.read(start, piece.end, signal);
        if (isWhole) {
          await this.#copy(body, 0, this.#file.bytes, signal);
          return true;
        }
        await this.#copy(body, start, piece.end, signal, (position) => {
          start = position;
        });
        return false;
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof PipelineError && !error.retryable) throw error;
        if (start > from) tries = 1; // it moves, if slowly
        if (tries >= maxTries) {
          throw this.#file.failure("interrupted", `${reason(error)}, ${maxTries} times in a row`, error);
        }
        const { clock, random = Math.random } = this.#options;
        const backoffMs = 500 * 2 ** (tries - 1) * (0.5 + random());
        const askedMs = error instanceof ServerBusy ? error.waitMs : 0;
        await clock.sleep(Math.min(longestWaitMs, Math.max(askedMs, backoffMs)), signal);
      }
    }
  }

  /**
   * Write a body to the file from `start` on.
   * @param onWritten - called with the position after each write
   * @throws Error when the body does not end at `end`, or stalls
   */
  async #copy(
    body: ReadableStream<Uint8Array>,
    start: number,
    end: number,
    signal: AbortSignal,
    onWritten?: (position: number) => void,
  ): Promise<void> {
    const { stallMs = 30_000, onBytes } = this.#options;
    const reader = body.getReader();
    let position = start;
    try {
      for (;;) {
        const { promise: stalled, reject } = Promise.withResolvers<never>();
        const timer = setTimeout(() => reject(new Error(`no byte came for ${stallMs} ms`)), stallMs);
        const { done, value } = await Promise.race([reader.read(), stalled]).finally(() => clearTimeout(timer));
        signal.throwIfAborted();
        if (done) break;
        if (value.length > end - position) {
          throw this.#file.failure("wrong", "the server sent more bytes than were asked for");
        }
        await writeAll(this.#target, value, position);
        position += value.length;
        onWritten?.(position);
        onBytes?.(value.length);
      }
    } finally {
      await reader.cancel().catch(() => {});
    }
    if (position < end) throw new Error(`the connection ended ${end - position} bytes early`);
  }
}

const finished = Symbol("the whole file is written");

/** Numbers of the pieces that are done; none when the journal was written for pieces of another size. */
async function readJournal(path: string, pieceBytes: number): Promise<ReadonlySet<number>> {
  const [size, ...done] = await readFile(path, "utf8").then(
    (text) => text.split("\n").filter(Boolean),
    () => [],
  );
  return new Set(size === String(pieceBytes) ? done.map(Number) : []);
}

async function writeAll(target: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await target.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}

/** The innermost reason of a failed fetch: its own message says only that it failed. */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? reason(error.cause) : error.message;
}
