import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { LimitError } from "../../shared/errors.ts";
import type { MaskMode } from "../../shared/image-files/mask-rules.ts";
import type { MaskContent } from "../../shared/image-files/png-mask.ts";
import type { Log } from "../../shared/process/log.ts";
import type { ReadCredentials } from "../../shared/provenance/credentials.ts";
import type { PerceptualHash } from "../../shared/provenance/perceptual-hash.ts";
import { watermarkPayload } from "../watermark/watermark-payload.ts";
import { readAllCertificates } from "./c2pa/signing-key.ts";
import type { ImageQuestion, ImageReply } from "./image-reader-process.ts";

/** A file of 6 MB takes some 50 ms, and the start of the process a second. */
const longestMs = 15_000;
/** Files that may wait for their turn. */
const mostWaiting = 100;

export interface ImageReader {
  /** Of its process, while there is one. */
  readonly pid: number | undefined;
  readonly readCredentials: ReadCredentials;
  /** @returns `undefined` for an image of one colour, and for a file that cannot be decoded */
  readonly lookOf: (file: Uint8Array) => Promise<PerceptualHash | undefined>;
  /** @returns `undefined` for a file that cannot be decoded */
  readonly maskContentOf: (file: Uint8Array, mode: MaskMode) => Promise<MaskContent | undefined>;
  /** See `RouteDependencies.markOf` of the API; absent where there is no watermark to look for. */
  readonly markOf: ((file: Uint8Array) => Promise<number | undefined>) | undefined;
  readonly close: () => Promise<void>;
}

export interface ImageReaderOptions {
  /** Of the key that this deployment signs with; it may be made later. */
  readonly folder: string | undefined;
  readonly log: Log;
  /** That the worker marks images with. @default files are not looked through for one */
  readonly watermark?: { readonly path: string; readonly deployment: string } | undefined;
  /** Without a file for so long, the process ends. @default 10 000 */
  readonly idleMs?: number;
}

/**
 * Reads content credentials, looks and masks of image files in a process of its own, which starts with the first and ends
 * when none has come for some seconds: the libraries that read them hold 60 to 160 MB and a core for tens of
 * milliseconds, and a file that they cannot bear ends that process and nothing else.
 * @throws LimitError `service_busy` when too many files wait
 */
export function openImageReader({ folder, log, watermark, idleMs = 10_000 }: ImageReaderOptions): ImageReader {
  let child: ChildProcess | undefined;
  let idle: NodeJS.Timeout | undefined;
  let waiting = 0;
  let tail: Promise<unknown> = Promise.resolve();

  async function end(): Promise<void> {
    const ended = child;
    child = undefined;
    if (ended === undefined || ended.exitCode !== null || ended.signalCode !== null) return;
    const exit = once(ended, "exit");
    ended.kill("SIGKILL");
    await exit;
  }

  async function ask(question: ImageQuestion): Promise<ImageReply | undefined> {
    clearTimeout(idle);
    // One that ended between two files is started again.
    if (child?.connected !== true) child = startProcess();
    try {
      const reply = await replyOf(child, question);
      if (reply.about !== "error") return reply;
      log("warn", "an image file could not be read", { about: question.about, error: reply.error });
    } catch (error) {
      log("warn", "the process that reads image files ended, or was too slow", { error: String(error) });
    } finally {
      idle = setTimeout(() => void end(), idleMs).unref();
    }
    // Broken by the file: nothing can be said of it, and the next file has a new process.
    await end();
    return undefined;
  }

  function inTurn<T>(read: () => Promise<T>): Promise<T> {
    if (waiting >= mostWaiting) throw new LimitError("service_busy", "too many files are being checked", 1);
    waiting++;
    const turn = tail.then(read);
    tail = turn.catch(() => {}).finally(() => waiting--);
    return turn;
  }

  return {
    get pid() {
      return child?.pid;
    },
    readCredentials: (file, format) =>
      inTurn(async () => {
        const chains = folder === undefined ? [] : await readAllCertificates(folder);
        const reply = await ask({ about: "credentials", file, format, chains });
        return reply?.about === "credentials" ? reply.credentials : undefined;
      }),
    lookOf: (file) =>
      inTurn(async () => {
        const reply = await ask({ about: "look", file });
        return reply?.about === "look" ? reply.look : undefined;
      }),
    maskContentOf: (file, mode) =>
      inTurn(async () => {
        const reply = await ask({ about: "mask", file, mode });
        return reply?.about === "mask" ? reply.content : undefined;
      }),
    markOf:
      watermark &&
      ((file) =>
        inTurn(async () => {
          const reply = await ask({ about: "mark", file, path: watermark.path });
          const mark = reply?.about === "mark" ? reply.mark : undefined;
          return mark?.deployment === watermarkPayload({ ...watermark, job: "" }).deployment ? mark.job : undefined;
        })),
    async close() {
      clearTimeout(idle);
      await end();
    },
  };
}

/** @throws when the process ends before it replies, or takes too long */
async function replyOf(child: ChildProcess, question: ImageQuestion): Promise<ImageReply> {
  const settled = new AbortController();
  const signal = AbortSignal.any([settled.signal, AbortSignal.timeout(longestMs)]);
  try {
    const replied = once(child, "message", { signal });
    const ended = once(child, "exit", { signal }).then(([code, by]) => {
      throw new Error(`it ended with ${code ?? by}`);
    });
    child.send(question);
    const [reply] = await Promise.race([replied, ended]);
    return reply as ImageReply;
  } finally {
    settled.abort();
  }
}

function startProcess(): ChildProcess {
  const child = fork(fileURLToPath(new URL("./image-reader-process.ts", import.meta.url)), {
    execArgv: ["--disable-warning=ExperimentalWarning"],
    // Files go over as they are, not as JSON.
    serialization: "advanced",
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  // What goes wrong during a question is that question's error; between two, the next one starts another process.
  child.on("error", () => {});
  // It must not keep this process alive.
  child.unref();
  child.channel?.unref();
  return child;
}
