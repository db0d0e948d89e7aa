import { isLive } from "../../shared/access/api-key.ts";
import { ApiKeys, type ApiKeysDependencies } from "../../shared/access/api-keys.ts";
import type { Identity } from "../api/access/identity.ts";
import { identityOf } from "../api/access/identity-of.ts";

/**
 * Current permissions of a run's key and account, which may be fewer than when the run was made.
 * @returns nothing where the key was revoked or has expired
 */
export async function currentIdentity(
  { accountId, keyId }: Identity,
  dependencies: ApiKeysDependencies,
): Promise<Identity | undefined> {
  const apiKeys = new ApiKeys(dependencies);
  const [account, keys] = await Promise.all([apiKeys.getAccount(accountId), apiKeys.listKeys(accountId)]);
  const key = keys.find(({ id }) => id === keyId);
  return key && isLive(key, dependencies.clock.now()) ? identityOf(key, account) : undefined;
}
