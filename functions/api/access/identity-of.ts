import type { Account } from "../../../shared/access/account.ts";
import type { ApiKey } from "../../../shared/access/api-key.ts";
import type { Identity } from "./identity.ts";

/** The identity of requests with this key, with the limits of key and account. */
export function identityOf(
  { accountId, id: keyId, scopes, limits, expiresAt, deduplicationWindowS, parametersInFile }: ApiKey,
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
    parametersInFile,
  };
}
