import { createHash, createHmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import { createSqsClient } from "../aws/sqs-client.ts";

/** SHA-256 as the signer asks for it. */
class Sha256 {
  readonly #hash;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash =
      secret === undefined
        ? createHash("sha256")
        : createHmac("sha256", typeof secret === "string" ? secret : bytesOf(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(typeof data === "string" ? data : bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    throw new Error("one hash is taken of one text");
  }
}

const bytesOf = (data: ArrayBuffer | ArrayBufferView): Uint8Array =>
  ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data);

let credentials: ReturnType<typeof createSqsClient>["config"]["credentials"] | undefined;

/** Headers that sign one request to X-Ray's OTLP endpoint with the process's own credentials. */
export async function signXrayRequest(
  url: string,
  body: string,
  region: string,
): Promise<{ readonly [name: string]: string }> {
  // The chain that every client of ours uses: environment in a function, the task's role in a worker.
  credentials ??= createSqsClient({ region }).config.credentials;
  const signer = new SignatureV4({ service: "xray", region, credentials, sha256: Sha256 });
  const { hostname, pathname, protocol } = new URL(url);
  const { headers } = await signer.sign({
    method: "POST",
    protocol,
    hostname,
    path: pathname,
    headers: { host: hostname, "content-type": "application/json" },
    body,
  });
  // `fetch` sets this one by itself.
  const { host: _, ...signed } = headers;
  return signed;
}
