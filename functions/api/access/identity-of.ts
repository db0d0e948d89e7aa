import type { Account, ApiKey } from "../../../shared/access/api-keys.ts";
import type { Identity } from "../dependencies.ts";

/** Who asks with this key, and what key and account are allowed. */
export function identityOf(
  { accountId, id: keyId, scopes, limits, deduplicationWindowS }: ApiKey,
  account: Account | undefined,
): Identity {
  return {
    accountId,
    keyId,
    scopes,
    terms: account?.terms ?? {},
    limits,
    deduplicationWindowS,
  };
}
