import type { Clock } from "../../../shared/ports/clock.ts";
import { ApiError } from "../problems/api-error.ts";

/** Event streams of one account that one process serves at once: two dozen open tabs. */
export const maxStreamsPerAccount = 24;
/** Seconds after which a client that was refused one is told to try again. */
const retryAfterS = 10;

export interface AccountStream {
  /** Waits, until something is known to have happened in the account, or `signal` aborts. */
  nap(ms: number, signal: AbortSignal): Promise<void>;
  close(): void;
}

/**
 * The event streams of each account that this process serves. Whoever makes a job here wakes those of its account,
 * which otherwise look for it in the store.
 */
export class AccountStreams {
  readonly #clock: Clock;
  /** What wakes each open stream, by account. */
  readonly #wakers = new Map<string, Set<() => void>>();

  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  /** @throws ApiError 429 `too_many_streams` */
  open(accountId: string): AccountStream {
    const wakers = this.#wakers.get(accountId) ?? new Set();
    if (wakers.size >= maxStreamsPerAccount) {
      const message = `an account may have ${maxStreamsPerAccount} event streams open; close some`;
      const headers = { "retry-after": String(retryAfterS) };
      throw new ApiError(429, "too_many_streams", message, { retryable: true, headers });
    }
    this.#wakers.set(accountId, wakers);
    let isTold = false;
    let stop = () => {};
    const wake = () => {
      isTold = true;
      stop();
    };
    wakers.add(wake);
    return {
      nap: async (ms, signal) => {
        const ending = new AbortController();
        stop = () => ending.abort();
        signal.addEventListener("abort", stop, { once: true });
        if (!isTold && !signal.aborted) await this.#clock.sleep(ms, ending.signal);
        signal.removeEventListener("abort", stop);
        isTold = false;
      },
      close: () => {
        wakers.delete(wake);
        if (wakers.size === 0) this.#wakers.delete(accountId);
      },
    };
  }

  /** Whether somebody watches the account's jobs through this process. */
  isOpen(accountId: string): boolean {
    return this.#wakers.has(accountId);
  }

  /** Something happened in the account. */
  tell(accountId: string): void {
    for (const wake of this.#wakers.get(accountId) ?? []) wake();
  }
}
