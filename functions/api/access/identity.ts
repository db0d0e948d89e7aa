import type { AccountTerms } from "../../../shared/access/account.ts";
import type { KeyLimits } from "../../../shared/access/api-key.ts";

/** The caller of a request: the account that owns what it makes, and the key it authenticated with. */
export interface Identity {
  readonly accountId: string;
  readonly keyId: string;
  readonly scopes: readonly string[];
  readonly limits?: KeyLimits;
  /** When the key expires; milliseconds since the epoch. */
  readonly expiresAt?: number;
  /** See `ApiKey`. */
  readonly deduplicationWindowS?: number | null;
  readonly parametersInFile?: boolean;
  readonly terms: AccountTerms;
}
