import { createHash, randomBytes } from "node:crypto";
import { NotFoundError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import { type ItemKey, type Items, ItemsConditionFailed } from "../ports/items.ts";
import { recordType } from "../ports/record.ts";
import { type ApiKey, isLive } from "./api-key.ts";
import type { ApiKeys } from "./api-keys.ts";

/** Life of a link that lets a browser in, in seconds. */
export const openLinkS = 600;
/** Life of the session that it gives, in seconds: half a year, over restarts. */
export const pageSessionS = 180 * 86_400;

/** The form of both secrets: 192 random bits in base64url. */
export const sessionValueForm = /^[\w-]{32}$/;

export interface PageSessionsDependencies {
  readonly items: Items;
  readonly clock: Clock;
  readonly apiKeys: ApiKeys;
}

/**
 * Browsers that may use a key of this machine without being given it. Whoever can read the data folder makes a link,
 * which works once; the browser that opens it gets a session, which acts as the key for as long as that is live. Both
 * are stored as their SHA-256 alone, like keys.
 */
export class PageSessions {
  readonly #dependencies: PageSessionsDependencies;

  constructor(dependencies: PageSessionsDependencies) {
    this.#dependencies = dependencies;
  }

  /** @returns the secret of a link that lets one browser in within ten minutes */
  async createLink({ accountId, id: keyId }: Pick<ApiKey, "accountId" | "id">): Promise<string> {
    const { items, clock } = this.#dependencies;
    const secret = newSecret();
    const until = clock.now() + openLinkS * 1_000;
    await items.write([
      { put: { ...linkAddress(secret), exp: expiry(until), data: accessRecord.write({ accountId, keyId, until }) } },
    ]);
    return secret;
  }

  /** @returns the session's value; `undefined` for a link that was used, has expired or never was */
  async redeemLink(secret: string): Promise<string | undefined> {
    if (!sessionValueForm.test(secret)) return undefined;
    const { items, clock } = this.#dependencies;
    const item = await items.get(linkAddress(secret));
    if (item === undefined) return undefined;
    const { accountId, keyId, until } = accessRecord.read(item);
    if (until <= clock.now()) return undefined;
    const value = newSecret();
    const endsAt = clock.now() + pageSessionS * 1_000;
    const session = accessRecord.write({ accountId, keyId, until: endsAt });
    try {
      await items.write([
        { delete: linkAddress(secret), if: { version: item.version } },
        { put: { ...sessionAddress(value), exp: expiry(endsAt), data: session }, if: { absent: true } },
      ]);
      return value;
    } catch (error) {
      // Another request was first.
      if (error instanceof ItemsConditionFailed) return undefined;
      throw error;
    }
  }

  /** The key that a session acts as, unless either is over. */
  async findKey(value: string): Promise<ApiKey | undefined> {
    if (!sessionValueForm.test(value)) return undefined;
    const { items, clock, apiKeys } = this.#dependencies;
    const item = await items.get(sessionAddress(value));
    if (item === undefined) return undefined;
    const { accountId, keyId, until } = accessRecord.read(item);
    if (until <= clock.now()) return undefined;
    try {
      const key = await apiKeys.getKey(accountId, keyId);
      return isLive(key, clock.now()) ? key : undefined;
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    }
  }
}

interface PageAccess {
  readonly accountId: string;
  readonly keyId: string;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

const accessRecord = recordType<PageAccess>("access of a page", ["accountId", "keyId", "until"]);

const newSecret = () => randomBytes(24).toString("base64url");
const expiry = (untilMs: number) => Math.ceil(untilMs / 1_000);
const linkAddress = (secret: string): ItemKey => ({ pk: `OPEN#${digest(secret)}`, sk: "META" });
const sessionAddress = (value: string): ItemKey => ({ pk: `SESSION#${digest(value)}`, sk: "META" });

function digest(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}
