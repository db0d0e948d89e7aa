import type { Context } from "hono";
import { InvalidInputError } from "../../../shared/errors.ts";
import type { ApiEnv } from "../dependencies.ts";
import { requestFingerprint } from "../http/request-fingerprint.ts";

export interface Idempotency {
  readonly key: string;
  readonly fingerprint: string;
}

/**
 * The request's `Idempotency-Key` as the job store wants it: one name space per API key and path, so that a key that
 * two of an account's programs happen to choose, or that is used on two routes, does not clash.
 * @throws InvalidInputError `invalid_value` when the header is not 1 to 255 printable ASCII characters
 */
export function idempotencyOf(c: Context<ApiEnv>, body: unknown): Idempotency | undefined {
  const header = c.req.header("idempotency-key");
  if (header === undefined) return undefined;
  if (!/^[\x20-\x7e]{1,255}$/.test(header)) {
    throw new InvalidInputError(
      "invalid_value",
      `Idempotency-Key must be 1 to 255 printable ASCII characters, got ${header.length}`,
      { param: "Idempotency-Key" },
    );
  }
  return {
    key: `${c.get("identity").keyId} POST ${c.req.path} ${header}`,
    fingerprint: requestFingerprint(c.req.path, body),
  };
}
