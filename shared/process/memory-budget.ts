import { LimitError } from "../errors.ts";
import { FairShares, type ShareLimits } from "../net/fair-shares.ts";
import type { Clock } from "../ports/clock.ts";

export interface MemoryBudgetOptions extends Partial<Pick<ShareLimits, "total" | "perAccount">> {
  readonly clock: Pick<Clock, "sleep">;
  /** Bytes that find no room wait for it this long. @default 5 000 */
  readonly waitMs?: number;
}

/** `Retry-After` of `service_busy`. */
const retryAfterS = 5;
const megabyte = 1_000_000;

interface Waiting {
  readonly accountId: string;
  readonly amount: number;
  readonly admit: () => void;
}

/**
 * Bytes of requests that one process holds: bodies as they arrive, files that are fetched, images that are decoded. An
 * account has a share of it. What finds no room waits, which leaves the bytes where they are, in the sockets; after
 * some seconds the request is refused, which frees what it held.
 */
export class MemoryBudget {
  readonly #shares: FairShares;
  readonly #total: number;
  readonly #clock: Pick<Clock, "sleep">;
  readonly #waitMs: number;
  readonly #waiting = new Set<Waiting>();

  constructor({ clock, total = 128 * megabyte, perAccount = 64 * megabyte, waitMs = 5_000 }: MemoryBudgetOptions) {
    this.#shares = new FairShares({ total, perAccount, sharesOfFreeRoom: 1 });
    this.#total = total;
    this.#clock = clock;
    this.#waitMs = waitMs;
  }

  /** Bytes that are held now. */
  get taken(): number {
    return this.#shares.taken;
  }

  /** What one request of the account holds; nothing yet. */
  open(accountId: string): MemoryReservation {
    return new MemoryReservation(
      (amount) => this.#take(accountId, amount),
      (amount) => {
        this.#shares.change({ accountId, amount: -amount });
        this.#admitWaiting();
      },
    );
  }

  async #take(accountId: string, amount: number): Promise<void> {
    if (this.#hasRoom({ accountId, amount })) return this.#shares.change({ accountId, amount });
    const admitted = new AbortController();
    const waiting: Waiting = { accountId, amount, admit: () => admitted.abort() };
    this.#waiting.add(waiting);
    await this.#clock.sleep(this.#waitMs, admitted.signal);
    // Still waiting means that nobody admitted it.
    if (this.#waiting.delete(waiting)) throw busy();
  }

  #admitWaiting(): void {
    for (const waiting of this.#waiting) {
      if (!this.#hasRoom(waiting)) continue;
      this.#waiting.delete(waiting);
      this.#shares.change(waiting);
      waiting.admit();
    }
  }

  #hasRoom({ accountId, amount }: Pick<Waiting, "accountId" | "amount">): boolean {
    return this.#shares.taken + amount <= this.#total && this.#shares.hasRoom({ accountId, amount });
  }
}

/** What one request holds of a `MemoryBudget`. */
export class MemoryReservation {
  readonly #take: (bytes: number) => Promise<void>;
  readonly #giveBack: (bytes: number) => void;
  #bytes = 0;
  #closed = false;

  constructor(take: (bytes: number) => Promise<void>, giveBack: (bytes: number) => void) {
    this.#take = take;
    this.#giveBack = giveBack;
  }

  /**
   * Resolves once there is room for this many more bytes.
   * @throws LimitError `service_busy` when there was none in time
   */
  async grow(bytes: number): Promise<void> {
    await this.#take(bytes);
    // Closed while it waited: nobody will give these back.
    if (this.#closed) this.#giveBack(bytes);
    else this.#bytes += bytes;
  }

  /** Gives back some of it. */
  shrink(bytes: number): void {
    const fewer = Math.min(bytes, this.#bytes);
    this.#bytes -= fewer;
    if (fewer > 0) this.#giveBack(fewer);
  }

  /** Gives back all of it; once or more often. */
  close(): void {
    this.#closed = true;
    this.shrink(this.#bytes);
  }
}

function busy(): LimitError {
  const message = `the service holds as much request data as it can; try again in ${retryAfterS} s`;
  return new LimitError("service_busy", message, retryAfterS);
}
