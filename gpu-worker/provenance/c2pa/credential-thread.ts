import { parentPort } from "node:worker_threads";
import type { ImageFormat } from "../../../shared/job.ts";
import type { Credentials } from "../../../shared/provenance/credentials.ts";
import { openCredentialReader } from "./read-credentials.ts";

/** A file to read, and the certificates that this deployment signs with. */
export interface CredentialQuestion {
  readonly file: Uint8Array;
  readonly format: ImageFormat;
  readonly chain: readonly Uint8Array[];
}

export type CredentialReply = { readonly credentials: Credentials | undefined } | { readonly error: string };

/** Entry of the thread that reads content credentials, one file after another. */
if (parentPort === null) throw new Error("this module is the entry of a worker thread");
const port = parentPort;
port.on("message", async ({ file, format, chain }: CredentialQuestion) => {
  const reply: CredentialReply = await openCredentialReader(chain)(file, format).then(
    (credentials) => ({ credentials }),
    (error: unknown) => ({ error: String(error) }),
  );
  port.postMessage(reply);
});
