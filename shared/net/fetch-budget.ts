import { LimitError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import { FairShares, type ShareLimits } from "./fair-shares.ts";

export interface FetchBudgetOptions extends Partial<Pick<ShareLimits, "total" | "perAccount" | "perHost">> {
  readonly clock: Pick<Clock, "sleep">;
  /** A fetch that finds no room waits for it this long. @default 5 000 */
  readonly waitMs?: number;
  /** Fetches of one account that may wait; another is refused at once. @default 16 */
  readonly maxWaiting?: number;
}

/** The account that a fetch is for, and the address it goes to. */
export interface Fetch {
  readonly accountId: string;
  readonly url: string;
}

interface Waiting {
  readonly accountId: string;
  readonly host: string;
  readonly admit: (end: () => void) => void;
}

/** `Retry-After` of `too_many_fetches`: the longest time that a fetch may take. */
const retryAfterS = 15;

/**
 * The fetches of users' addresses that one process has under way: so many in all, per account and per host. One more
 * waits for its turn for a few seconds, first come first served among those that have room; then it is refused. So a
 * host that never responds holds up its own account's requests and nobody else's.
 */
export class FetchBudget {
  readonly #shares: FairShares;
  readonly #clock: Pick<Clock, "sleep">;
  readonly #waitMs: number;
  readonly #maxWaiting: number;
  readonly #waiting = new Set<Waiting>();

  constructor({ clock, total = 64, perAccount = 8, perHost = 4, waitMs = 5_000, maxWaiting = 16 }: FetchBudgetOptions) {
    // An eighth of what is left after seven fetches would be seven again: an account alone could never have its eight.
    this.#shares = new FairShares({ total, perAccount, perHost, sharesOfFreeRoom: 7 });
    this.#clock = clock;
    this.#waitMs = waitMs;
    this.#maxWaiting = maxWaiting;
  }

  /**
   * Runs `fetch` in its turn.
   * @throws LimitError `too_many_fetches` when there was no room in time; whatever `fetch` throws
   */
  async run<T>({ accountId, url }: Fetch, fetch: () => Promise<T>): Promise<T> {
    const end = await this.#enter(accountId, URL.parse(url)?.host ?? "");
    try {
      return await fetch();
    } finally {
      end();
      this.#admitWaiting();
    }
  }

  async #enter(accountId: string, host: string): Promise<() => void> {
    if (this.#hasRoom({ accountId, host })) return this.#shares.take({ accountId, host });
    let ahead = 0;
    for (const other of this.#waiting) if (other.accountId === accountId) ahead++;
    if (ahead >= this.#maxWaiting) throw tooMany();
    const { promise, resolve } = Promise.withResolvers<() => void>();
    const admitted = new AbortController();
    const waiting: Waiting = {
      accountId,
      host,
      admit(end) {
        resolve(end);
        admitted.abort();
      },
    };
    this.#waiting.add(waiting);
    await this.#clock.sleep(this.#waitMs, admitted.signal);
    // Still waiting means that nobody admitted it.
    if (this.#waiting.delete(waiting)) throw tooMany();
    return promise;
  }

  #admitWaiting(): void {
    for (const waiting of this.#waiting) {
      if (this.#shares.isFull) return;
      if (!this.#hasRoom(waiting)) continue;
      this.#waiting.delete(waiting);
      waiting.admit(this.#shares.take({ accountId: waiting.accountId, host: waiting.host }));
    }
  }

  #hasRoom({ accountId, host }: Pick<Waiting, "accountId" | "host">): boolean {
    return !this.#shares.isFull && this.#shares.hasRoom({ accountId, host });
  }
}

function tooMany(): LimitError {
  const message = "too many files are being fetched for this account or from this host; try again, or upload the file";
  return new LimitError("too_many_fetches", message, retryAfterS);
}
