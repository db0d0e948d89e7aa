import { ApiKeys, type ApiKeysDependencies } from "../../../../shared/api-keys.ts";
import type { Identity } from "../../dependencies.ts";

/**
 * What a batch's key and account are allowed now, which may be less than when the batch was made.
 * @returns nothing where the key was revoked or has expired
 */
export async function currentIdentity(
  { limits: _, ...identity }: Identity,
  dependencies: ApiKeysDependencies,
): Promise<Identity | undefined> {
  const apiKeys = new ApiKeys(dependencies);
  const { accountId, keyId } = identity;
  const [account, keys] = await Promise.all([apiKeys.getAccount(accountId), apiKeys.listKeys(accountId)]);
  const key = keys.find(({ id }) => id === keyId);
  if (key === undefined || key.revokedAt !== undefined) return undefined;
  if (key.expiresAt !== undefined && key.expiresAt <= dependencies.clock.now()) return undefined;
  const { scopes, limits } = key;
  return { ...identity, scopes, terms: account?.terms ?? {}, ...(limits !== undefined && { limits }) };
}
