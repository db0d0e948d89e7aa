import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { environment } from "../environment.ts";
import { InvalidInputError } from "../errors.ts";

/**
 * A key that prompts are sealed with in records of what was made: AES-256-GCM, a random nonce for each, and the job's
 * id as what is authenticated beside it, so that a sealed prompt put into another record does not open.
 */
export interface RecordKey {
  /** First digits of its SHA-256: tells which of several keys opens a record. */
  readonly id: string;
  readonly bytes: Uint8Array;
}

const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
const mostKeys = 100;

/**
 * The keys of `RECORD_KEY`, or of the file that `RECORD_KEY_FILE` names, which has a key a line: the first seals, all
 * of them open, so that a new one goes in front of the others.
 * @returns none where neither is set: records have no prompts
 * @throws InvalidInputError naming the variable, never the value
 */
export function readRecordKeys(env: Readonly<Record<string, string | undefined>>): readonly RecordKey[] {
  const { recordKey, recordKeyFile } = environment;
  const [value, path] = [env[recordKey] || undefined, env[recordKeyFile] || undefined];
  if (value !== undefined && path !== undefined) {
    throw new InvalidInputError("invalid_config", `${recordKey} and ${recordKeyFile} are both set; set one of them`);
  }
  if (value !== undefined) return parseKeys(value, recordKey);
  return path === undefined ? [] : parseKeys(readKeyFile(path), `${recordKeyFile} ${path}`);
}

/** @param whose - for the message */
function parseKeys(text: string, whose: string): readonly RecordKey[] {
  const lines = text.split(/\s+/).filter((line) => line !== "");
  const keys = lines.slice(0, mostKeys).map((line) => {
    const bytes = /^[0-9a-f]{64}$/i.test(line) ? Buffer.from(line, "hex") : Buffer.from(line, "base64");
    if (bytes.length !== keyBytes) {
      const message = `${whose} must hold keys of 32 bytes, in 64 hexadecimal digits or base64; make one with: openssl rand -hex 32`;
      throw new InvalidInputError("invalid_config", message);
    }
    return { id: createHash("sha256").update(bytes).digest("hex").slice(0, 8), bytes: new Uint8Array(bytes) };
  });
  if (keys.length === 0) throw new InvalidInputError("invalid_config", `${whose} holds no key`);
  return keys;
}

function readKeyFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const message = `${environment.recordKeyFile} ${path} cannot be read: ${(cause as Error).message}`;
    throw new InvalidInputError("invalid_config", message, { cause });
  }
}

/** A sealed text: the key's id, and nonce, text and tag in base64url. */
export interface SealedText {
  readonly key: string;
  readonly sealed: string;
}

export function sealText({ id, bytes }: RecordKey, jobId: string, text: string): SealedText {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", bytes, nonce).setAAD(Buffer.from(jobId));
  const sealed = Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return { key: id, sealed: sealed.toString("base64url") };
}

/**
 * @returns the text; `undefined` where none of the keys is its own
 * @throws InvalidInputError where the record was changed, or is another job's
 */
export function openText(keys: readonly RecordKey[], jobId: string, { key, sealed }: SealedText): string | undefined {
  const found = keys.find(({ id }) => id === key);
  if (found === undefined) return undefined;
  const bytes = Buffer.from(sealed, "base64url");
  try {
    const decipher = createDecipheriv("aes-256-gcm", found.bytes, bytes.subarray(0, nonceBytes));
    decipher.setAAD(Buffer.from(jobId)).setAuthTag(bytes.subarray(-tagBytes));
    const opened = Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()]);
    return opened.toString("utf8");
  } catch (cause) {
    throw new InvalidInputError("record_changed", `the prompt in the record of ${jobId} was changed`, { cause });
  }
}
