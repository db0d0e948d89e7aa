import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { ApiKeys } from "../shared/access/api-keys.ts";
import { InvalidFileError, InvalidInputError } from "../shared/errors.ts";
import type { Accounts } from "../shared/money/accounts.ts";

const localFile = z.object({
  accountId: z.string().min(1),
  /** Signs result links. */
  linkSecret: z.string().min(32),
  /** Absent while the operator's own key has always been used. */
  key: z.string().min(16).optional(),
});

/** The one account of this machine, as kept in `local-key.json` of the data folder. */
export type LocalAccount = z.infer<typeof localFile>;

/**
 * The account of this machine, made on first use and kept with mode 600.
 * @throws InvalidFileError when the file is damaged
 */
export async function ensureLocalAccount(apiKeys: ApiKeys, dataDir: string): Promise<LocalAccount> {
  const kept = readLocalFile(dataDir);
  // The file may outlive the database it belongs to, when only the latter was deleted.
  if (kept !== undefined && (await apiKeys.getAccount(kept.accountId)) !== undefined) return kept;
  const { id } = await apiKeys.createAccount("local", { unlimited: true });
  const made = { accountId: id, linkSecret: randomBytes(32).toString("hex") };
  writeLocalFile(dataDir, made);
  return made;
}

/** Makes an account without terms unlimited, as on a user's own machine; older versions stored none. */
export async function ensureLocalTerms(accounts: Accounts, { accountId }: LocalAccount): Promise<void> {
  const { terms } = await accounts.get(accountId);
  if (terms === undefined) await accounts.setTerms(accountId, { unlimited: true });
}

/**
 * A key of the account that opens the API: `ownKey` when the operator chose one, else the one made on first start,
 * replaced if it was revoked since.
 * @throws InvalidInputError `bad_option` when `ownKey` was revoked
 */
export async function ensureLocalKey(
  apiKeys: ApiKeys,
  dataDir: string,
  account: LocalAccount,
  ownKey: string | undefined,
): Promise<string> {
  if (ownKey !== undefined) {
    await apiKeys.importKey(account.accountId, ownKey, { name: "LOCAL_API_KEY" });
    if ((await apiKeys.findKey(ownKey)) !== undefined) return ownKey;
    throw new InvalidInputError("bad_option", "LOCAL_API_KEY is a key that was revoked; choose another value");
  }
  if (account.key !== undefined && (await apiKeys.findKey(account.key)) !== undefined) return account.key;
  const { value } = await apiKeys.createKey(account.accountId, { name: "local" });
  writeLocalFile(dataDir, { ...account, key: value });
  return value;
}

/** Gives the key its deduplication window, unless it has that already. */
export async function setDeduplicationWindow(apiKeys: ApiKeys, value: string, windowS: number | null): Promise<void> {
  const key = await apiKeys.findKey(value);
  if (key === undefined || (key.deduplicationWindowS ?? null) === windowS) return;
  await apiKeys.changeKey(key.accountId, key.id, { deduplicationWindowS: windowS });
}

function readLocalFile(dataDir: string): LocalAccount | undefined {
  const path = join(dataDir, fileName);
  if (!existsSync(path)) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw damaged(path, cause);
  }
  const result = localFile.safeParse(parsed);
  if (!result.success) throw damaged(path, result.error);
  return result.data;
}

const fileName = "local-key.json";

/** Written beside and moved over: a crash leaves the old file or the new one. */
function writeLocalFile(dataDir: string, account: LocalAccount): void {
  const path = join(dataDir, fileName);
  writeFileSync(`${path}.new`, `${JSON.stringify(account, null, 2)}\n`, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
}

function damaged(path: string, cause: unknown): InvalidFileError {
  return new InvalidFileError(
    `${path} is damaged; move it away, and the next start makes a new account and key (jobs of the old account ` +
      "stay in the store)",
    { cause },
  );
}
