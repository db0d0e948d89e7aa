import { join } from "node:path";
import { environment } from "../../../shared/environment.ts";

/** Folder of the key that signs images. @param dataDir - on one machine @returns `undefined` where none are signed */
export function credentialsFolder(
  env: Readonly<Record<string, string | undefined>>,
  dataDir: string | undefined,
): string | undefined {
  const named = env[environment.contentCredentials] || undefined;
  if (named === "off") return undefined;
  return named ?? (dataDir === undefined ? undefined : join(dataDir, "content-credentials"));
}
