import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { oneAtATime } from "../../../shared/process/one-at-a-time.ts";
import type { Credentials, ReadCredentials } from "../../../shared/provenance/credentials.ts";
import type { CredentialQuestion, CredentialReply, CredentialThreadData } from "./credential-thread.ts";

/** A file of 6 MB takes some 50 ms. */
const longestMs = 10_000;
/** Files that may wait for their turn. */
const mostWaiting = 100;

interface CredentialThreadOptions {
  /** Chains of certificates that this deployment signs with or once did; asked for with each file. */
  readonly chains: () => Promise<readonly (readonly Uint8Array[])[]>;
  /** Module of the thread. @default its source */
  readonly entry?: string | URL;
  /** The library's WebAssembly. @default that of the installed package */
  readonly wasmPath?: string;
}

/**
 * Reads content credentials in a thread of its own, which starts with the first file: hashing holds it for tens of
 * milliseconds, and a file that the reader cannot bear ends the thread and nothing else.
 * @throws LimitError `service_busy` when too many files wait
 */
export function openCredentialThread({ chains, entry, wasmPath }: CredentialThreadOptions): {
  readonly read: ReadCredentials;
  readonly close: () => Promise<void>;
} {
  let thread: Worker | undefined;
  const inTurn = oneAtATime({ most: mostWaiting, tooMany: "too many files are being checked" });

  async function ask(question: CredentialQuestion): Promise<Credentials | undefined> {
    thread ??= startThread(entry, { wasmPath });
    try {
      const replied = once(thread, "message", { signal: AbortSignal.timeout(longestMs) });
      thread.postMessage(question);
      const [reply] = (await replied) as [CredentialReply];
      if ("error" in reply) throw new Error(`content credentials could not be read: ${reply.error}`);
      return reply.credentials;
    } catch {
      // Broken by the file, or too slow with it: nothing can be said of it, and the next file has a new thread.
      await thread.terminate();
      thread = undefined;
      return undefined;
    }
  }

  return {
    read: (file, format) => inTurn(async () => ask({ file, format, chains: await chains() })),
    close: async () => {
      await thread?.terminate();
    },
  };
}

function startThread(
  entry: string | URL = new URL("./credential-thread.ts", import.meta.url),
  workerData: CredentialThreadData,
): Worker {
  const thread = new Worker(entry, { name: "credentials", workerData });
  // It must not keep the process alive.
  thread.unref();
  return thread;
}
