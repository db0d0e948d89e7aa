import type { Account } from "../../../shared/access/account.ts";
import type { ApiKey } from "../../../shared/access/api-keys.ts";
import type { Identity } from "./identity.ts";

/** Who asks with this key, and what key and account are allowed. */
export function identityOf(
  { accountId, id: keyId, scopes, limits, expiresAt, deduplicationWindowS }: ApiKey,
  account: Account | undefined,
): Identity {
  return {
    accountId,
    keyId,
    scopes,
    terms: account?.terms ?? {},
    limits,
    expiresAt,
    deduplicationWindowS,
  };
}
