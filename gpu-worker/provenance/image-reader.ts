import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { MaskMode } from "../../shared/image-files/mask-rules.ts";
import type { MaskContent } from "../../shared/image-files/png-mask.ts";
import type { Log } from "../../shared/process/log.ts";
import { oneAtATime } from "../../shared/process/one-at-a-time.ts";
import type { ReadCredentials } from "../../shared/provenance/credentials.ts";
import type { PerceptualHash } from "../../shared/provenance/perceptual-hash.ts";
import { watermarkPayload } from "../watermark/watermark-payload.ts";
import { readAllCertificates } from "./c2pa/signing-key.ts";
import type { About, ImageQuestions, ImageReply, ImageRequest, ImageResults } from "./image-reader-process.ts";

/** A file of 6 MB takes some 50 ms, and the start of the process a second. */
const longestMs = 15_000;
/** Files that may wait for their turn. */
const mostWaiting = 100;

/** What the API reads of image files. */
interface ImageReads {
  readonly readCredentials: ReadCredentials;
  /** @returns `undefined` for an image of one colour, and for a file that cannot be decoded */
  readonly lookOf: (file: Uint8Array) => Promise<PerceptualHash | undefined>;
  /** @returns `undefined` for a file that cannot be decoded */
  readonly maskContentOf: (file: Uint8Array, mode: MaskMode) => Promise<MaskContent | undefined>;
  /** See `RouteDependencies.markOf` of the API; absent where there is no watermark to look for. */
  readonly markOf: ((file: Uint8Array) => Promise<number | undefined>) | undefined;
}

export interface ImageReader {
  /** Of its process, while there is one. */
  readonly pid: number | undefined;
  readonly reads: ImageReads;
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
 * Reads content credentials, looks and masks of image files in a process of its own, which starts with the first and
 * ends when none has come for some seconds: the libraries that read them hold 60 to 160 MB and a core for tens of
 * milliseconds, and a file that they cannot bear ends that process and nothing else.
 * @throws LimitError `service_busy` when too many files wait
 */
export function openImageReader({ folder, log, watermark, idleMs = 10_000 }: ImageReaderOptions): ImageReader {
  let child: ChildProcess | undefined;
  let idle: NodeJS.Timeout | undefined;
  const inTurn = oneAtATime({ most: mostWaiting, tooMany: "too many files are being checked" });

  async function end(): Promise<void> {
    const ended = child;
    child = undefined;
    if (ended === undefined || ended.exitCode !== null || ended.signalCode !== null) return;
    const exit = once(ended, "exit");
    ended.kill("SIGKILL");
    await exit;
  }

  async function ask<Subject extends About>(
    about: Subject,
    question: ImageQuestions[Subject],
  ): Promise<ImageResults[Subject] | undefined> {
    clearTimeout(idle);
    // One that ended between two files is started again.
    if (child?.connected !== true) child = startProcess();
    try {
      const reply = await replyOf(child, { about, question });
      if ("result" in reply) return reply.result;
      log("warn", "an image file could not be read", { about, error: reply.error });
    } catch (error) {
      log("warn", "the process that reads image files ended, or was too slow", { error: String(error) });
    } finally {
      idle = setTimeout(() => void end(), idleMs).unref();
    }
    // Broken by the file: nothing can be said of it, and the next file has a new process.
    await end();
    return undefined;
  }

  return {
    get pid() {
      return child?.pid;
    },
    reads: {
      readCredentials: (file, format) =>
        inTurn(async () => {
          const chains = folder === undefined ? [] : await readAllCertificates(folder);
          return ask("credentials", { file, format, chains });
        }),
      lookOf: (file) => inTurn(() => ask("look", { file })),
      maskContentOf: (file, mode) => inTurn(() => ask("mask", { file, mode })),
      markOf:
        watermark &&
        (async (file) => {
          const mark = await inTurn(() => ask("mark", { file, path: watermark.path }));
          return mark?.deployment === watermarkPayload({ ...watermark, job: "" }).deployment ? mark.job : undefined;
        }),
    },
    async close() {
      clearTimeout(idle);
      await end();
    },
  };
}

/** @throws when the process ends before it replies, or takes too long */
async function replyOf<Subject extends About>(
  child: ChildProcess,
  request: ImageRequest<Subject>,
): Promise<ImageReply<Subject>> {
  const settled = new AbortController();
  const signal = AbortSignal.any([settled.signal, AbortSignal.timeout(longestMs)]);
  try {
    const replied = once(child, "message", { signal });
    const ended = once(child, "exit", { signal }).then(([code, by]) => {
      throw new Error(`it ended with ${code ?? by}`);
    });
    child.send(request);
    const [reply] = await Promise.race([replied, ended]);
    return reply as ImageReply<Subject>;
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
