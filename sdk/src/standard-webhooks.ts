import type { Job } from "./api.ts";
import { WebhookVerificationError } from "./errors.ts";

/**
 * Body of a webhook message. `data` is a job for `job.…`; large ones come without `params` or `metadata`, named in
 * `omitted`.
 */
export interface WebhookMessage {
  readonly type: string;
  /** ISO 8601: when it happened. */
  readonly timestamp: string;
  readonly data: Partial<Job> & { readonly [field: string]: unknown };
}

export interface VerifyOptions {
  /** How far the message's time may be off, in seconds. @default 300 */
  readonly toleranceS?: number;
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number;
}

type HeaderRecord = { readonly [name: string]: string | readonly string[] | undefined };

const defaultToleranceS = 300;
const encoder = new TextEncoder();

/**
 * The message of a webhook request, once its signature and its time are found right.
 *
 * @param body - the exact text that was received; JSON that was parsed and printed again has another signature
 * @param headers - of the request: a Headers object, or Node's record
 * @param secrets - `whsec_…`; several during a rotation
 * @throws WebhookVerificationError
 * @see https://github.com/standard-webhooks/standard-webhooks `spec/standard-webhooks.md`
 */
export async function verifyWebhook(
  body: string,
  headers: Headers | HeaderRecord,
  secrets: string | readonly string[],
  { toleranceS = defaultToleranceS, now = Date.now }: VerifyOptions = {},
): Promise<WebhookMessage> {
  const id = required(headers, "webhook-id");
  const timestamp = required(headers, "webhook-timestamp");
  const presented = required(headers, "webhook-signature");
  const offS = Math.abs(now() / 1_000 - Number(timestamp));
  if (!/^\d{1,15}$/.test(timestamp) || offS > toleranceS) {
    throw new WebhookVerificationError(
      `webhook-timestamp must be within ${toleranceS} s of now, got ${timestamp.slice(0, 30)}`,
    );
  }
  const content = encoder.encode(`${id}.${timestamp}.${body}`);
  for (const secret of typeof secrets === "string" ? [secrets] : secrets) {
    const key = await hmacKey(secret, "verify");
    for (const signature of signaturesOf(presented)) {
      // Compares in constant time.
      if (await crypto.subtle.verify("HMAC", key, signature, content)) return JSON.parse(body) as WebhookMessage;
    }
  }
  throw new WebhookVerificationError(
    "no signature in webhook-signature matches; check the secret, and that body is the raw text",
  );
}

/** The three headers of a message, as the API's own are signed. */
export async function signWebhook(
  { id, timestampS, body }: { readonly id: string; readonly timestampS: number; readonly body: string },
  secret: string,
): Promise<{ "webhook-id": string; "webhook-timestamp": string; "webhook-signature": string }> {
  const content = encoder.encode(`${id}.${timestampS}.${body}`);
  const signature = new Uint8Array(await crypto.subtle.sign("HMAC", await hmacKey(secret, "sign"), content));
  return {
    "webhook-id": id,
    "webhook-timestamp": String(timestampS),
    "webhook-signature": `v1,${btoa(String.fromCharCode(...signature))}`,
  };
}

async function hmacKey(secret: string, use: "sign" | "verify") {
  const bytes = secret.startsWith("whsec_") ? fromBase64(secret.slice("whsec_".length)) : undefined;
  if (bytes === undefined || bytes.length === 0) {
    throw new WebhookVerificationError('a webhook secret is "whsec_" and base64; this is another text');
  }
  if (crypto.subtle === undefined) {
    throw new WebhookVerificationError("crypto.subtle is missing, as in a page over plain http; use https or a server");
  }
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, [use]);
}

/** Signatures of scheme v1; other schemes use other keys. */
function signaturesOf(header: string): Uint8Array<ArrayBuffer>[] {
  return header
    .split(" ")
    .filter((part) => part.startsWith("v1,"))
    .flatMap((part) => fromBase64(part.slice(3)) ?? []);
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function required(headers: Headers | HeaderRecord, name: string): string {
  const value = headers instanceof Headers ? headers.get(name) : headers[name];
  if (typeof value !== "string" || value === "") throw new WebhookVerificationError(`the header ${name} is missing`);
  return value;
}
