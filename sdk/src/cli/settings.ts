import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { UsageError } from "./command.ts";

type Environment = { readonly [name: string]: string | undefined };

/** Settings that `login` saves. */
export interface Settings {
  readonly url: string;
  readonly key: string;
}

const defaultUrl = "http://127.0.0.1:8787";

/** `ZIMAGE_CONFIG`, else `zimage/config.json` where the system keeps settings. */
export function settingsFile(env: Environment): string {
  return (
    env.ZIMAGE_CONFIG || join(env.XDG_CONFIG_HOME || join(env.HOME || homedir(), ".config"), "zimage", "config.json")
  );
}

/** @throws UsageError when the file is there and cannot be used */
export async function readSettings(env: Environment): Promise<Settings | undefined> {
  const file = settingsFile(env);
  let content: string;
  try {
    content = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`);
  }
  const settings = parse(content);
  if (settings === undefined)
    throw new UsageError(`${file} must hold {"url": "…", "key": "…"}; run zimage login to replace it`);
  return settings;
}

/** Whether other users of this machine may read the key. */
export async function isExposed(env: Environment): Promise<boolean> {
  if (process.platform === "win32") return false;
  return await stat(settingsFile(env)).then(
    ({ mode }) => (mode & 0o077) !== 0,
    () => false,
  );
}

/** Writes the settings atomically, readable by this user alone (mode 0600). @returns the file's path */
export async function writeSettings(env: Environment, settings: Settings): Promise<string> {
  const file = settingsFile(env);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}`;
  await writeFile(temporary, `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600 });
  await chmod(temporary, 0o600);
  await rename(temporary, file);
  return file;
}

/** @returns whether there was one */
export async function removeSettings(env: Environment): Promise<boolean> {
  return await rm(settingsFile(env)).then(
    () => true,
    () => false,
  );
}

/**
 * Address and key: flags before environment before file. The file's key is for the file's address alone: a key is not
 * sent to another server because the address has changed.
 * @throws UsageError when there is no key
 */
export function connection(
  flags: { readonly url?: string | undefined; readonly key?: string | undefined },
  env: Environment,
  file: Settings | undefined,
): { readonly apiKey: string; readonly baseUrl: string } {
  const baseUrl = (flags.url ?? (env.ZIMAGE_URL || undefined) ?? file?.url ?? defaultUrl).replace(/(?<!\/)\/+$/, "");
  const apiKey = flags.key ?? (env.ZIMAGE_API_KEY || undefined) ?? (file?.url === baseUrl ? file.key : undefined);
  if (apiKey === undefined) {
    throw new UsageError(`no API key for ${baseUrl}; run zimage login, or set ZIMAGE_API_KEY (and ZIMAGE_URL)`);
  }
  return { baseUrl, apiKey };
}

function parse(content: string): Settings | undefined {
  try {
    const { url, key } = JSON.parse(content) as { [field: string]: unknown };
    return typeof url === "string" && typeof key === "string" ? { url, key } : undefined;
  } catch {
    return undefined;
  }
}
