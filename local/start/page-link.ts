import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ApiKeys } from "../../shared/access/api-keys.ts";
import type { PageSessions } from "../../shared/access/page-sessions.ts";
import { InvalidInputError } from "../../shared/errors.ts";

const fileName = "start.url";

/** Keeps the address of the running API beside the data, for the commands that name it. */
export function rememberAddress(dataDir: string, origin: string): void {
  writeFileSync(join(dataDir, fileName), `${origin}\n`, { mode: 0o600 });
}

/** @throws InvalidInputError `not_started` where no `npm start` has used the folder yet */
export function rememberedAddress(dataDir: string): string {
  try {
    return readFileSync(join(dataDir, fileName), "utf8").trim();
  } catch (cause) {
    throw new InvalidInputError(
      "not_started",
      `no npm start has used DATA_DIR ${dataDir} yet; start it, or name its folder: DATA_DIR=DIR npm run open`,
      { cause },
    );
  }
}

/** A link that lets one browser in with the rights of a key; `undefined` when that was revoked. */
export async function newPageLink(
  origin: string,
  key: string,
  { sessions, apiKeys }: { readonly sessions: PageSessions; readonly apiKeys: ApiKeys },
): Promise<string | undefined> {
  const live = await apiKeys.findKey(key);
  return live && `${origin}/open?once=${await sessions.createLink(live)}`;
}
