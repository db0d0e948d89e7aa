import { createHash, randomInt } from "node:crypto";
import { crc32 } from "node:zlib";
import type { Clock } from "./clock.ts";
import { ConflictError, InvalidInputError, NotFoundError } from "./errors.ts";
import { type Item, type Items, ItemsConditionFailed, type Write } from "./items.ts";
import { newWebhookSecret } from "./webhook-signature.ts";

/** Accounts and the keys that stand for them. A key is stored as its SHA-256 alone: what is in the table opens nothing. */
export interface ApiKey {
  /** `key_` + ULID. */
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  /** The first characters of the key, to tell keys apart in a list. */
  readonly hint: string;
  /** For example `jobs:read`; `*` is everything. */
  readonly scopes: readonly string[];
  /** Milliseconds since the epoch, as are all times here. */
  readonly createdAt: number;
  readonly expiresAt?: number;
  readonly revokedAt?: number;
  /** Written at most once an hour. */
  readonly lastUsedAt?: number;
}

export interface Account {
  /** `acc_` + ULID. */
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  /** One, or two during a rotation; new messages are signed with all of them. */
  readonly webhookSecrets: readonly string[];
}

export interface KeyOptions {
  readonly name?: string;
  /** @default everything */
  readonly scopes?: readonly string[];
  readonly expiresAt?: number;
}

export interface ApiKeysDependencies {
  readonly items: Items;
  readonly clock: Clock;
  /** A fresh ULID. */
  readonly newId: () => string;
}

const keyPrefix = "zk_live_";
const randomCharacters = 32;
const checksumCharacters = 6;
const minImportedCharacters = 16;
const maxKeyCharacters = 512;
const lastUsedEveryMs = 3_600_000;
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** A new key: `zk_live_`, 32 random characters (190 bits), and 6 of checksum that let scanners and us tell a key from a typing error. */
export function newKeyValue(): string {
  const random = Array.from({ length: randomCharacters }, () => alphabet[randomInt(alphabet.length)]).join("");
  return keyPrefix + random + checksum(random);
}

/** False for a `zk_live_` key with a typing error in it; other keys (imported ones) have no form to check. */
export function hasValidForm(value: string): boolean {
  if (value.length < minImportedCharacters || value.length > maxKeyCharacters) return false;
  if (!value.startsWith(keyPrefix)) return true;
  const random = value.slice(keyPrefix.length, -checksumCharacters);
  return random.length !== randomCharacters || value.endsWith(checksum(random));
}

export class ApiKeys {
  readonly #items: Items;
  readonly #clock: Clock;
  readonly #newId: () => string;

  constructor({ items, clock, newId }: ApiKeysDependencies) {
    this.#items = items;
    this.#clock = clock;
    this.#newId = newId;
  }

  async createAccount(name = ""): Promise<Account> {
    const id = `acc_${this.#newId()}`;
    const data = { id, name, createdAt: this.#clock.now(), webhookSecrets: [newWebhookSecret()] };
    await this.#items.write([{ put: { pk: accountPk(id), sk: "META", data }, if: { absent: true } }]);
    return data;
  }

  async getAccount(accountId: string): Promise<Account | undefined> {
    const item = await this.#items.get({ pk: accountPk(accountId), sk: "META" });
    return item && (item.data as unknown as Account);
  }

  /** @returns the key's value too, which nobody can learn again */
  async createKey(
    accountId: string,
    options: KeyOptions = {},
  ): Promise<{ readonly key: ApiKey; readonly value: string }> {
    const value = newKeyValue();
    return { key: await this.#store(accountId, value, options), value };
  }

  /**
   * Let a value of the operator's choosing be a key of this account. Importing it again changes nothing.
   * @throws InvalidInputError `api_key_invalid`; ConflictError `api_key_taken` when it belongs to another account
   */
  async importKey(accountId: string, value: string, options: KeyOptions = {}): Promise<ApiKey> {
    if (value.length < minImportedCharacters || value.length > maxKeyCharacters || !/^[\x21-\x7e]+$/.test(value)) {
      throw new InvalidInputError(
        "api_key_invalid",
        `an imported key must be ${minImportedCharacters} to ${maxKeyCharacters} printable ASCII characters without spaces, got ${value.length}`,
      );
    }
    if (!hasValidForm(value)) {
      throw new InvalidInputError(
        "api_key_invalid",
        `the key starts with ${keyPrefix} but its checksum does not fit; copy it again`,
      );
    }
    try {
      return await this.#store(accountId, value, options);
    } catch (error) {
      if (!(error instanceof ItemsConditionFailed)) throw error;
      const existing = await this.#read(value);
      if (existing?.accountId === accountId) return existing;
      throw new ConflictError("api_key_taken", "this key already belongs to another account; choose another value");
    }
  }

  /** The key that `presented` is, unless unknown, revoked or expired. */
  async findKey(presented: string): Promise<ApiKey | undefined> {
    if (!hasValidForm(presented)) return undefined;
    const item = await this.#items.get(keyAddress(presented));
    if (item === undefined) return undefined;
    const key = keyOf(item);
    const now = this.#clock.now();
    if (key.revokedAt !== undefined || (key.expiresAt !== undefined && key.expiresAt <= now)) return undefined;
    if (now - (key.lastUsedAt ?? 0) >= lastUsedEveryMs) await this.#noteUse(item, now);
    return key;
  }

  /** Oldest first, revoked and expired ones included. */
  async listKeys(accountId: string): Promise<ApiKey[]> {
    return (await this.#keyItems(accountId)).map(keyOf);
  }

  /** From now on (callers may cache a key for a few seconds) the key opens nothing. Revoking twice is no error. */
  async revokeKey(accountId: string, keyId: string): Promise<ApiKey> {
    for (;;) {
      const listed = (await this.#keyItems(accountId)).find(({ data }) => data.id === keyId);
      const item = listed && (await this.#items.get(listed));
      if (item === undefined) throw new NotFoundError("key_not_found", `this account has no key ${keyId}`);
      if (item.data.revokedAt !== undefined) return keyOf(item);
      try {
        const data = { ...item.data, revokedAt: this.#clock.now() };
        await this.#items.write([putItem(item, data)]);
        return keyOf({ ...item, data });
      } catch (error) {
        // Somebody noted a use at the same moment: read it again.
        if (!(error instanceof ItemsConditionFailed)) throw error;
      }
    }
  }

  async #read(value: string): Promise<ApiKey | undefined> {
    const item = await this.#items.get(keyAddress(value));
    return item && keyOf(item);
  }

  async #store(
    accountId: string,
    value: string,
    { name = "", scopes = ["*"], expiresAt }: KeyOptions,
  ): Promise<ApiKey> {
    const createdAt = this.#clock.now();
    const key: ApiKey = {
      id: `key_${this.#newId()}`,
      accountId,
      name,
      hint: value.startsWith(keyPrefix) ? value.slice(0, keyPrefix.length + 4) : value.slice(0, 4),
      scopes,
      createdAt,
      ...(expiresAt !== undefined && { expiresAt }),
    };
    const put = {
      ...keyAddress(value),
      gpk: accountPk(accountId),
      gsk: `KEY#${timeKey(createdAt)}#${key.id}`,
      data: { ...key },
    };
    await this.#items.write([{ put, if: { absent: true } }]);
    return key;
  }

  async #keyItems(accountId: string): Promise<Item[]> {
    const found: Item[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.#items.query({
        index: "gsi1",
        partition: accountPk(accountId),
        prefix: "KEY#",
        ...(cursor !== undefined && { cursor }),
      });
      found.push(...page.items);
      cursor = page.cursor;
    } while (cursor !== undefined);
    return found;
  }

  async #noteUse(item: Item, now: number): Promise<void> {
    try {
      await this.#items.write([putItem(item, { ...item.data, lastUsedAt: now })]);
    } catch (error) {
      // Another request noted it, or the key was just revoked: both are newer than what we know.
      if (!(error instanceof ItemsConditionFailed)) throw error;
    }
  }
}

function putItem({ version, ...item }: Item, data: Item["data"]): Write {
  return { put: { ...item, data }, if: { version } };
}

function keyOf(item: Item): ApiKey {
  return item.data as unknown as ApiKey;
}

function accountPk(accountId: string): string {
  return `ACC#${accountId}`;
}

function keyAddress(value: string): { pk: string; sk: string } {
  return { pk: `KEY#${createHash("sha256").update(value).digest("hex")}`, sk: "META" };
}

/** Milliseconds as text that sorts like the number. */
function timeKey(ms: number): string {
  return String(ms).padStart(15, "0");
}

/** CRC-32 in base 62, six characters. */
function checksum(text: string): string {
  let rest = crc32(text);
  let digits = "";
  for (let i = 0; i < checksumCharacters; i++) {
    digits = alphabet[rest % alphabet.length]! + digits;
    rest = Math.floor(rest / alphabet.length);
  }
  return digits;
}
