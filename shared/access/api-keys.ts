import { createHash } from "node:crypto";
import { ConflictError, NotFoundError } from "../errors.ts";
import { maxLiveKeys } from "../limits.ts";
import type { Clock } from "../ports/clock.ts";
import { type Item, type Items, ItemsConditionFailed, type Write } from "../ports/items.ts";
import { queryAll } from "../ports/query-all.ts";
import { recordType } from "../ports/record.ts";
import { newWebhookSecret } from "../webhooks/webhook-signature.ts";
import { type Account, type AccountTerms, accountList, accountRecord } from "./account.ts";
import { type AccountLimit, writeWithin } from "./account-room.ts";
import { type ApiKey, isLive, type KeyChange, type KeyOptions, withoutAdmin } from "./api-key.ts";
import { assertImportable, hasValidForm, hintOf, newKeyValue } from "./key-value.ts";

export interface ApiKeysDependencies {
  readonly items: Items;
  readonly clock: Clock;
  /** A fresh ULID. */
  readonly newId: () => string;
}

const lastUsedEveryMs = 3_600_000;

export class ApiKeys {
  readonly #items: Items;
  readonly #clock: Clock;
  readonly #newId: () => string;

  constructor({ items, clock, newId }: ApiKeysDependencies) {
    this.#items = items;
    this.#clock = clock;
    this.#newId = newId;
  }

  /** Without `unlimited` or credit (`Accounts`) it cannot submit jobs yet. */
  async createAccount(name = "", terms: AccountTerms = {}): Promise<Account> {
    const id = `acc_${this.#newId()}`;
    const account = { id, name, createdAt: this.#clock.now(), webhookSecrets: [newWebhookSecret()], terms };
    const put = { pk: accountPk(id), sk: "META", gpk: accountList, gsk: id, data: { ...account, terms: { ...terms } } };
    await this.#items.write([{ put, if: { absent: true } }]);
    return account;
  }

  async getAccount(accountId: string): Promise<Account | undefined> {
    const item = await this.#items.get({ pk: accountPk(accountId), sk: "META" });
    return item && accountRecord.read(item);
  }

  /** @returns the key's value too, which cannot be read again */
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
    assertImportable(value);
    try {
      return await this.#store(accountId, value, options);
    } catch (error) {
      if (!(error instanceof ItemsConditionFailed)) throw error;
      const existing = await this.#read(value);
      if (existing?.accountId === accountId) return existing;
      throw new ConflictError("api_key_taken", "this key already belongs to another account; choose another value");
    }
  }

  /** The key with this value, unless it is unknown, revoked or expired. */
  async findKey(presented: string): Promise<ApiKey | undefined> {
    if (!hasValidForm(presented)) return undefined;
    const item = await this.#items.get(keyAddress(presented));
    if (item === undefined) return undefined;
    const key = keyRecord.read(item);
    const now = this.#clock.now();
    if (!isLive(key, now)) return undefined;
    if (now - (key.lastUsedAt ?? 0) >= lastUsedEveryMs) await this.#noteUse(item, now);
    return withoutReplaced(key);
  }

  /** Oldest first, revoked and expired ones included. */
  async listKeys(accountId: string): Promise<ApiKey[]> {
    const byId = Map.groupBy((await this.#keyItems(accountId)).map(keyRecord.read), ({ id }) => id);
    const now = this.#clock.now();
    return [...byId.values()].map((values) => {
      const current = values.find(({ replacedAt }) => replacedAt === undefined) ?? values.at(-1)!;
      const lastUsedAt = Math.max(...values.map((value) => value.lastUsedAt ?? 0));
      const until = Math.max(...values.map((value) => (value === current ? 0 : (value.expiresAt ?? 0))));
      return {
        ...withoutReplaced(current),
        lastUsedAt: lastUsedAt > 0 ? lastUsedAt : undefined,
        previousUntil: until > now && current.revokedAt === undefined ? until : undefined,
      };
    });
  }

  /** @throws NotFoundError `key_not_found` */
  async getKey(accountId: string, keyId: string): Promise<ApiKey> {
    const key = (await this.listKeys(accountId)).find(({ id }) => id === keyId);
    if (key === undefined) throw keyNotFound(keyId);
    return key;
  }

  /**
   * From now on (callers may cache a key for a few seconds) no value of the key is accepted. Revoking twice is no
   * error.
   */
  async revokeKey(accountId: string, keyId: string): Promise<ApiKey> {
    const isUnrevoked = ({ data }: Item) => data.id === keyId && data.revokedAt === undefined;
    do {
      await this.#changeEach(accountId, keyId, (key) =>
        key.revokedAt === undefined ? { ...key, revokedAt: this.#clock.now() } : undefined,
      );
      // A rotation may have made another value meanwhile.
    } while ((await this.#keyItems(accountId)).some(isUnrevoked));
    return this.getKey(accountId, keyId);
  }

  /** Changes what is named. */
  async changeKey(accountId: string, keyId: string, { limits, ...change }: KeyChange): Promise<ApiKey> {
    await this.#changeEach(accountId, keyId, (key) => {
      const merged = Object.entries({ ...key.limits, ...limits }).filter(([, value]) => value !== undefined);
      const { name = key.name, deduplicationWindowS = key.deduplicationWindowS } = change;
      const { parametersInFile = key.parametersInFile } = change;
      return { ...key, name, deduplicationWindowS, parametersInFile, limits: Object.fromEntries(merged) };
    });
    return this.getKey(accountId, keyId);
  }

  /**
   * A new value for the key, which stays the same key: id, scopes, limits, spending and idempotency go on. The value
   * before it opens the API for `overlapMs` more; one that was on its way out already does not get longer.
   *
   * @returns the new value, which cannot be read again
   * @throws ConflictError `key_not_live` for a key that was revoked or has expired
   */
  async rotateKey(
    accountId: string,
    keyId: string,
    overlapMs: number,
  ): Promise<{ readonly key: ApiKey; readonly value: string }> {
    for (;;) {
      const found = (await this.#keyItems(accountId)).filter(({ data }) => data.id === keyId);
      const listed = found.find(({ data }) => data.replacedAt === undefined);
      const item = listed && (await this.#items.get(listed));
      if (item === undefined) throw keyNotFound(keyId);
      const current = keyRecord.read(item);
      const now = this.#clock.now();
      if (!isLive(current, now)) {
        throw new ConflictError("key_not_live", `key ${keyId} was revoked or has expired; make a new one`);
      }
      const value = newKeyValue();
      const { lastUsedAt: _, ...kept } = current;
      const next = { ...kept, hint: hintOf(value) };
      const expiresAt = Math.min(now + overlapMs, current.expiresAt ?? Number.POSITIVE_INFINITY);
      const old = { ...current, replacedAt: now, expiresAt };
      try {
        await this.#items.write([
          putItem(item, keyRecord.write(old)),
          { put: { ...keyAddress(value), ...listing(next), data: keyRecord.write(next) }, if: { absent: true } },
        ]);
        return { key: await this.getKey(accountId, keyId), value };
      } catch (error) {
        // A concurrent use or rotation changed the record: read it again.
        if (!(error instanceof ItemsConditionFailed)) throw error;
      }
    }
  }

  /** Changes every value of the key; `undefined` leaves one as it is. */
  async #changeEach(
    accountId: string,
    keyId: string,
    change: (key: StoredKey) => StoredKey | undefined,
  ): Promise<void> {
    const found = (await this.#keyItems(accountId)).filter(({ data }) => data.id === keyId);
    if (found.length === 0) throw keyNotFound(keyId);
    for (const listed of found) {
      for (;;) {
        const item = await this.#items.get(listed);
        const changed = item && change(keyRecord.read(item));
        if (item === undefined || changed === undefined) break;
        try {
          await this.#items.write([putItem(item, keyRecord.write(changed))]);
          break;
        } catch (error) {
          // A concurrent use changed the record: read it again.
          if (!(error instanceof ItemsConditionFailed)) throw error;
        }
      }
    }
  }

  async #read(value: string): Promise<ApiKey | undefined> {
    const item = await this.#items.get(keyAddress(value));
    return item && keyRecord.read(item);
  }

  async #store(
    accountId: string,
    value: string,
    { name = "", expiresAt, limits, deduplicationWindowS, parametersInFile, ...options }: KeyOptions,
  ): Promise<ApiKey> {
    const isLimited = Object.keys(limits ?? {}).length > 0;
    const { scopes = isLimited ? withoutAdmin(["*"]) : ["*"] } = options;
    const createdAt = this.#clock.now();
    const key: ApiKey = {
      id: `key_${this.#newId()}`,
      accountId,
      name,
      hint: hintOf(value),
      scopes,
      createdAt,
      expiresAt,
      limits,
      deduplicationWindowS,
      parametersInFile,
    };
    const put = { ...keyAddress(value), ...listing(key), data: keyRecord.write(key) };
    const at = { items: this.#items, clock: this.#clock };
    await writeWithin(at, [{ limit: this.#limit(accountId) }], [{ put, if: { absent: true } }]);
    return key;
  }

  /** A key that was revoked or has expired makes room with the next count, which is a minute away at most. */
  #limit(accountId: string): AccountLimit {
    return {
      name: "keys",
      accountId,
      most: maxLiveKeys,
      count: async () => (await this.listKeys(accountId)).filter((key) => isLive(key, this.#clock.now())).length,
      refused: () => new ConflictError("too_many_keys", `an account may have ${maxLiveKeys} live keys; revoke some`),
    };
  }

  #keyItems(accountId: string): Promise<Item[]> {
    return queryAll(this.#items, { index: "gsi1", partition: accountPk(accountId), prefix: "KEY#" });
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

/** One value of a key; all but the newest have been replaced. */
interface StoredKey extends ApiKey {
  readonly replacedAt?: number;
}

const keyRecord = recordType<StoredKey>("API key", ["id", "accountId", "scopes", "createdAt"]);

function withoutReplaced({ replacedAt: _, ...key }: StoredKey): ApiKey {
  return key;
}

function listing({ accountId, createdAt, id }: ApiKey): { gpk: string; gsk: string } {
  return { gpk: accountPk(accountId), gsk: `KEY#${timeKey(createdAt)}#${id}` };
}

function keyNotFound(keyId: string): NotFoundError {
  return new NotFoundError("key_not_found", `this account has no key ${keyId}`, { param: "id" });
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
