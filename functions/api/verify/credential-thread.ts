import { parentPort, workerData } from "node:worker_threads";
import type { ImageFormat } from "../../../shared/job.ts";
import { openCredentialReader } from "../../../shared/provenance/c2pa/read-credentials.ts";
import type { Credentials } from "../../../shared/provenance/credentials.ts";

/** A file to read, and the certificates that this deployment signs with or once did. */
export interface CredentialQuestion {
  readonly file: Uint8Array;
  readonly format: ImageFormat;
  readonly chains: readonly (readonly Uint8Array[])[];
}

export type CredentialReply = { readonly credentials: Credentials | undefined } | { readonly error: string };

/** What the thread is given at its start. */
export interface CredentialThreadData {
  /** The library's WebAssembly. @default that of the installed package */
  readonly wasmPath?: string | undefined;
}

/** Entry of the thread that reads content credentials, one file after another. */
if (parentPort === null) throw new Error("this module is the entry of a worker thread");
const port = parentPort;
const { wasmPath } = workerData as CredentialThreadData;
port.on("message", async ({ file, format, chains }: CredentialQuestion) => {
  const reply: CredentialReply = await openCredentialReader(chains, wasmPath)(file, format).then(
    (credentials) => ({ credentials }),
    (error: unknown) => ({ error: String(error) }),
  );
  port.postMessage(reply);
});
