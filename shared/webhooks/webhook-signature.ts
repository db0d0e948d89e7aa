import { createHmac, randomBytes } from "node:crypto";
import { InvalidInputError } from "../errors.ts";

/** The three headers of a signed message, in the spelling of the Standard Webhooks specification. */
export interface WebhookHeaders {
  readonly "webhook-id": string;
  readonly "webhook-timestamp": string;
  readonly "webhook-signature": string;
}

export interface SignedContent {
  /**
   * Constant over retries, so that a receiver can drop duplicates. Must not contain a dot: it ends the id in what is
   * signed.
   */
  readonly id: string;
  /** Time of this attempt in **seconds** since the epoch; receivers refuse what is more than five minutes off. */
  readonly timestampS: number;
  /** The exact body that is sent, as text. */
  readonly body: string;
  /** `whsec_…`; during a rotation the old and the new one. One signature each, in this order. */
  readonly secrets: readonly string[];
}

const prefix = "whsec_";
const minSecretBytes = 24;
const maxSecretBytes = 64;
const canonicalBase64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * Sign as Standard Webhooks says: `v1,` + base64 of HMAC-SHA256 over `id.timestamp.body`.
 * @throws InvalidInputError `webhook_secret_invalid` on a secret of the wrong form; its text is never in the message
 * @see https://github.com/standard-webhooks/standard-webhooks `spec/standard-webhooks.md`
 */
export function signWebhook({ id, timestampS, body, secrets }: SignedContent): WebhookHeaders {
  if (id === "" || id.includes(".")) throw new Error(`a webhook id must be non-empty and without dots, got "${id}"`);
  if (!Number.isSafeInteger(timestampS)) throw new Error(`a webhook timestamp is whole seconds, got ${timestampS}`);
  if (secrets.length === 0) throw new Error("a webhook needs at least one secret to be signed with");
  const content = `${id}.${timestampS}.${body}`;
  const signatures = secrets.map(
    (secret) => `v1,${createHmac("sha256", secretBytes(secret)).update(content).digest("base64")}`,
  );
  return {
    "webhook-id": id,
    "webhook-timestamp": String(timestampS),
    "webhook-signature": signatures.join(" "),
  };
}

/** A new secret: `whsec_` and 32 random bytes in base64. */
export function newWebhookSecret(): string {
  return prefix + randomBytes(32).toString("base64");
}

function secretBytes(secret: string): Buffer {
  const encoded = secret.startsWith(prefix) ? secret.slice(prefix.length) : "";
  const bytes = canonicalBase64.test(encoded) ? Buffer.from(encoded, "base64") : Buffer.alloc(0);
  if (bytes.length < minSecretBytes || bytes.length > maxSecretBytes) {
    throw new InvalidInputError(
      "webhook_secret_invalid",
      `a webhook secret is "${prefix}" and the base64 of ${minSecretBytes} to ${maxSecretBytes} bytes, got ` +
        `${bytes.length} bytes; make a new one`,
    );
  }
  return bytes;
}
