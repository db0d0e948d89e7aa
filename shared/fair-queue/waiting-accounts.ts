import type { Lane } from "../job.ts";
import { balanceKey } from "../money/ledger.ts";
import type { Clock } from "../ports/clock.ts";
import type { Items } from "../ports/items.ts";

/*
 * Which accounts have jobs waiting: a queue tells how many messages it holds, not of whom. One item per account and
 * lane, written now and then by whoever takes the account's jobs; the number of its jobs is read from its balance.
 */

const partition = (lane: Lane): string => `WAITING#${lane}`;

/** One process writes an account down at most so often. */
const noteEveryMs = 600_000;
/** An account that has submitted nothing for so long is forgotten. */
const keptS = 86_400;
/** Accounts that one process remembers having written down; the oldest goes first. */
const maxNoted = 10_000;
/** Accounts read: those beyond are counted as if each had one job. */
const maxRead = 100;

/** Unfinished jobs of one account in one lane. */
export interface WaitingAccount {
  readonly accountId: string;
  readonly unfinished: number;
}

export class WaitingAccounts {
  readonly #items: Items;
  readonly #clock: Clock;
  readonly #noted = new Map<string, number>();

  constructor({ items, clock }: { readonly items: Items; readonly clock: Clock }) {
    this.#items = items;
    this.#clock = clock;
  }

  /** Write down that the account has jobs in this lane. Never rejects: an estimate may miss it. */
  async note(lane: Lane, accountId: string): Promise<void> {
    const now = this.#clock.now();
    const key = `${lane} ${accountId}`;
    if (now - (this.#noted.get(key) ?? Number.NEGATIVE_INFINITY) < noteEveryMs) return;
    this.#noted.delete(key);
    if (this.#noted.size >= maxNoted) this.#noted.delete(this.#noted.keys().next().value!);
    this.#noted.set(key, now);
    const item = { pk: partition(lane), sk: accountId, exp: Math.ceil(now / 1_000) + keptS, data: { at: now } };
    await this.#items.write([{ put: item }]).catch(() => this.#noted.delete(key));
  }

  /** The accounts that have unfinished jobs in this lane, as far as they are written down; at most 100. */
  async read(lane: Lane): Promise<WaitingAccount[]> {
    const now = this.#clock.now();
    const { items: found } = await this.#items.query({ index: "main", partition: partition(lane), limit: maxRead });
    const accounts = found.map(async ({ sk: accountId, data: { at }, version }) => {
      const { data = {} } = (await this.#items.get(balanceKey(accountId))) ?? {};
      const unfinished = Number(data[`${lane}Entered`] ?? 0) - Number(data[`${lane}Ended`] ?? 0);
      // Every process that takes its next job writes it down again by then.
      if (unfinished <= 0 && now - Number(at) > noteEveryMs) await this.#forget(lane, accountId, version);
      return { accountId, unfinished };
    });
    return (await Promise.all(accounts)).filter(({ unfinished }) => unfinished > 0);
  }

  /** Room for another account among those that are read. */
  async #forget(lane: Lane, accountId: string, version: number): Promise<void> {
    await this.#items.write([{ delete: { pk: partition(lane), sk: accountId }, if: { version } }]).catch(() => {});
  }
}
