import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { PipelineError } from "../../../shared/errors.ts";
import type { Clock } from "../../../shared/ports/clock.ts";
import { syncFolder } from "../../../shared/process/sync-folder.ts";
import { type HubFile, reason } from "./hubs.ts";

export interface DownloadOptions {
  readonly token?: string;
  /** Requests at once for this file. @default 8 */
  readonly connections?: number;
  /** Bytes asked for at a time; a piece that arrived whole is not asked for again after an interruption. @default 16 MiB */
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

/**
 * Download one file to `path` in pieces, several at once, on from where an earlier run stopped. The file appears under its name only when its length and checksum
 * are what the hub said; until then it is `path.partial`, with the pieces that are done listed in `path.pieces`.
 * A server without ranges is read from the start in one go.
 * @throws PipelineError `download_failed` naming the file, what the server did and what to do; what arrived is kept for the next try, unless it was wrong
 */
export async function downloadFile(file: HubFile, path: string, options: DownloadOptions): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.partial`;
  const journal = `${path}.pieces`;
  const download = new Download(file, options, journal);
  {
    await using target = await open(partial, "a+").then(async (handle) => {
      await handle.close(); // "a+" made it if it was not there; writes at positions need "r+"
      return open(partial, "r+");
    });
    await target.truncate(file.bytes);
    await download.run(target);
    await target.sync();
  }
  const actual = await checksumOfFile(partial, file.checksum.kind, file.bytes);
  if (actual !== file.checksum.hex) {
    await rm(partial, { force: true });
    await rm(journal, { force: true });
    throw failed(
      file,
      `arrived with the ${file.checksum.kind} ${actual}, expected ${file.checksum.hex}; it was thrown away: run pull again, or name another --mirror`,
    );
  }
  await rename(partial, path);
  await rm(journal, { force: true });
  await syncFolder(dirname(path));
}

class Download {
  readonly #file: HubFile;
  readonly #options: DownloadOptions;
  readonly #journal: string;
  readonly #pieceBytes: number;

  constructor(file: HubFile, options: DownloadOptions, journal: string) {
    this.#file = file;
    this.#options = options;
    this.#journal = journal;
    this.#pieceBytes = options.pieceBytes ?? 16 * 2 ** 20;
  }

  async run(target: FileHandle): Promise<void> {
    const { bytes } = this.#file;
    const { connections = 8, onBytes } = this.#options;
    const done = await readJournal(this.#journal, this.#pieceBytes);
    const pieces: Piece[] = [];
    for (let index = 0, start = 0; start < bytes; index++, start += this.#pieceBytes) {
      const end = Math.min(bytes, start + this.#pieceBytes);
      if (done.has(index)) onBytes?.(end - start);
      else pieces.push({ index, start, end });
    }
    await using journal = await open(this.#journal, "a");
    if (done.size === 0) {
      await journal.truncate(0);
      await journal.appendFile(`${this.#pieceBytes}\n`);
    }
    const stop = new AbortController();
    const signal = this.#options.signal ? AbortSignal.any([this.#options.signal, stop.signal]) : stop.signal;
    const queue = pieces.values();
    const work = async () => {
      for (const piece of queue) {
        const whole = await this.#piece(target, piece, signal);
        if (whole) return stop.abort(finished);
        await journal.appendFile(`${piece.index}\n`);
      }
    };
    const results = await Promise.allSettled(
      Array.from({ length: Math.min(connections, pieces.length) }, () =>
        work().catch((error: unknown) => {
          stop.abort(error); // the others need not go on
          throw error;
        }),
      ),
    );
    this.#options.signal?.throwIfAborted();
    if (stop.signal.reason === finished) return;
    const failure = results.find((result) => result.status === "rejected");
    if (failure) throw stop.signal.reason ?? failure.reason;
  }

  /** @returns whether the server sent the whole file instead, and it is written */
  async #piece(target: FileHandle, piece: Piece, signal: AbortSignal): Promise<boolean> {
    let { start } = piece;
    for (let tries = 1; ; ) {
      const from = start;
      try {
        const answer = await this.#request(piece, start, signal);
        if (answer.whole) {
          await this.#wholeFile(target, answer.response, signal);
          return true;
        }
        await this.#copy(answer.response, piece.end - start, signal, async (bytes) => {
          await writeAll(target, bytes, start);
          start += bytes.length;
          this.#options.onBytes?.(bytes.length);
        });
        return false;
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof PipelineError && !error.retryable) throw error;
        if (start > from) tries = 1; // it moves, if slowly
        if (tries++ >= maxTries) {
          throw failed(
            this.#file,
            `${reason(error)}, ${maxTries} times in a row; what arrived is kept: run pull again to go on, or name another --mirror`,
            error,
          );
        }
        const { clock, random = Math.random } = this.#options;
        const asked = error instanceof ServerBusy ? error.waitMs : 0;
        await clock.sleep(Math.min(longestWaitMs, Math.max(asked, 500 * 2 ** (tries - 2) * (0.5 + random()))), signal);
      }
    }
  }

  async #request(piece: Piece, start: number, signal: AbortSignal): Promise<{ response: Response; whole: boolean }> {
    const { token } = this.#options;
    const { bytes, url } = this.#file;
    const response = await fetch(url, {
      headers: {
        range: `bytes=${start}-${piece.end - 1}`,
        // A compressed answer would have other lengths than those asked for.
        "accept-encoding": "identity",
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      signal,
    });
    if (response.status === 206) {
      const expected = `bytes ${start}-${piece.end - 1}/${bytes}`;
      const range = response.headers.get("content-range");
      if (range === expected) return { response, whole: false };
      await response.body?.cancel();
      throw failed(
        this.#file,
        `the server gave ${range ?? "no range"} where ${expected} was asked for; its file is another one: name another --mirror`,
      );
    }
    if (response.status === 200) {
      const length = response.headers.get("content-length");
      if (length === null || Number(length) === bytes) return { response, whole: true };
      await response.body?.cancel();
      throw failed(
        this.#file,
        `the server has ${length} bytes, expected ${bytes}; its file is another one: name another --mirror`,
      );
    }
    await response.body?.cancel();
    const { status } = response;
    if (status === 429 || status >= 500 || status === 408)
      throw new ServerBusy(status, response.headers.get("retry-after"));
    const advice: Readonly<Record<number, string>> = {
      401: "the token is missing or not valid",
      403: "the token is missing, not valid, or the licence was not accepted on the hub's page",
      404: "the hub does not have what it listed; name another --mirror",
      416: "its file is shorter than listed; name another --mirror",
    };
    throw failed(this.#file, `the server answered ${status}; ${advice[status] ?? "name another --mirror"}`);
  }

  /** Servers without ranges send everything, whatever is asked for: this once, it is taken. */
  async #wholeFile(target: FileHandle, response: Response, signal: AbortSignal): Promise<void> {
    let position = 0;
    await this.#copy(response, this.#file.bytes, signal, async (bytes) => {
      await writeAll(target, bytes, position);
      position += bytes.length;
      this.#options.onBytes?.(bytes.length);
    });
  }

  /** @throws Error when the body has not exactly `length` bytes, or stalls */
  async #copy(
    { body }: Response,
    length: number,
    signal: AbortSignal,
    write: (bytes: Uint8Array) => Promise<void>,
  ): Promise<void> {
    const { stallMs = 30_000 } = this.#options;
    const reader = body!.getReader();
    let left = length;
    try {
      for (;;) {
        const { promise: stalled, reject } = Promise.withResolvers<never>();
        const timer = setTimeout(() => reject(new Error(`no byte came for ${stallMs} ms`)), stallMs);
        const { done, value } = await Promise.race([reader.read(), stalled]).finally(() => clearTimeout(timer));
        signal.throwIfAborted();
        if (done) break;
        if (value.length > left)
          throw failed(this.#file, "the server sent more bytes than were asked for; name another --mirror");
        await write(value);
        left -= value.length;
      }
    } finally {
      await reader.cancel().catch(() => {});
    }
    if (left > 0) throw new Error(`the connection ended ${left} bytes early`);
  }
}

const finished = Symbol("the whole file is written");

interface Piece {
  readonly index: number;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

class ServerBusy extends Error {
  readonly waitMs: number;

  constructor(status: number, retryAfter: string | null) {
    super(`the server answered ${status}`);
    const seconds = Number(retryAfter ?? "0");
    this.waitMs = Number.isFinite(seconds) && seconds > 0 ? 1000 * seconds : 0;
  }
}

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

export async function checksumOfFile(path: string, kind: "sha256" | "git-sha1", bytes: number): Promise<string> {
  const hash = createHash(kind === "sha256" ? "sha256" : "sha1");
  if (kind === "git-sha1") hash.update(`blob ${bytes}\0`);
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(piece as Buffer);
  return hash.digest("hex");
}

function failed(file: HubFile, problem: string, cause?: unknown): PipelineError {
  return new PipelineError("download_failed", `${file.path}: ${problem}`, { cause });
}
