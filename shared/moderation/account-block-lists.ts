import { accountPartition } from "../money/ledger.ts";
import type { Clock } from "../ports/clock.ts";
import type { ItemKey, Items } from "../ports/items.ts";
import { recordType } from "../ports/record.ts";
import { type BlockList, phrasesOf } from "./block-list.ts";
import type { Category } from "./categories.ts";
import { PhraseMatcher } from "./phrase-matcher.ts";

interface StoredList {
  readonly entries: BlockList;
  /** Milliseconds since the epoch. */
  readonly changedAt: number;
}

const listRecord = recordType<StoredList>("block list", ["entries", "changedAt"]);
const listKey = (accountId: string): ItemKey => ({ pk: accountPartition(accountId), sk: "BLOCK_LIST" });

/** A changed list is obeyed by every process within this time. */
const cacheMs = 10_000;
const maxCached = 200;
const noPhrases = new PhraseMatcher<Category>([]);

/** The block lists of accounts, beside that of the deployment. */
export class AccountBlockLists {
  readonly #items: Items;
  readonly #clock: Pick<Clock, "now">;
  readonly #cache = new Map<
    string,
    { readonly matcher: PhraseMatcher<Category>; readonly changedAt: number; until: number }
  >();

  constructor({ items, clock }: { readonly items: Items; readonly clock: Pick<Clock, "now"> }) {
    this.#items = items;
    this.#clock = clock;
  }

  /** @returns `undefined` where the account has none */
  async get(accountId: string): Promise<StoredList | undefined> {
    const item = await this.#items.get(listKey(accountId));
    return item && listRecord.read(item);
  }

  /** Replaces the list; an empty one removes it. Obeyed by this process at once. */
  async put(accountId: string, entries: BlockList): Promise<StoredList> {
    const list = { entries, changedAt: this.#clock.now() };
    const key = listKey(accountId);
    await this.#items.write([
      entries.length === 0 ? { delete: key } : { put: { ...key, data: listRecord.write(list) } },
    ]);
    this.#cache.delete(accountId);
    return list;
  }

  async matcher(accountId: string): Promise<PhraseMatcher<Category>> {
    const now = this.#clock.now();
    const cached = this.#cache.get(accountId);
    if (cached !== undefined && cached.until > now) return cached.matcher;
    const list = await this.get(accountId);
    const changedAt = list?.changedAt ?? 0;
    const isSame = cached !== undefined && cached.changedAt === changedAt;
    const matcher = isSame
      ? cached.matcher
      : list === undefined
        ? noPhrases
        : new PhraseMatcher(phrasesOf(list.entries));
    this.#cache.delete(accountId);
    if (this.#cache.size >= maxCached) this.#cache.delete(this.#cache.keys().next().value!);
    this.#cache.set(accountId, { matcher, changedAt, until: now + cacheMs });
    return matcher;
  }
}
