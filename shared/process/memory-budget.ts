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

/** What one request holds. */
interface Holder {
  readonly accountId: string;
  bytes: number;
}

interface Waiting {
  readonly holder: Holder;
  readonly amount: number;
  readonly admit: () => void;
}

/**
 * Bytes of requests that one process holds: bodies as they arrive, files that are fetched, images that are decoded. An
 * account has a share of it. What finds no room waits, which leaves the bytes where they are, in the sockets; after
 * some seconds the request is refused, which frees what it held. The oldest request of an account may go over its
 * share, so that several that have each a part of what they need do not wait for each other.
 */
export class MemoryBudget {
  readonly #shares: FairShares;
  readonly #total: number;
  readonly #clock: Pick<Clock, "sleep">;
  readonly #waitMs: number;
  readonly #waiting = new Set<Waiting>();
  /** Requests that hold something, the oldest first. */
  readonly #holders = new Set<Holder>();

  constructor({ clock, total = 64 * megabyte, perAccount = 32 * megabyte, waitMs = 5_000 }: MemoryBudgetOptions) {
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
    const holder: Holder = { accountId, bytes: 0 };
    return new MemoryReservation(
      (amount) => this.#take(holder, amount),
      (amount) => {
        this.#change(holder, -amount);
        this.#admitWaiting();
      },
    );
  }

  async #take(holder: Holder, amount: number): Promise<void> {
    if (this.#hasRoom(holder, amount)) return this.#change(holder, amount);
    const admitted = new AbortController();
    const waiting: Waiting = { holder, amount, admit: () => admitted.abort() };
    this.#waiting.add(waiting);
    await this.#clock.sleep(this.#waitMs, admitted.signal);
    // Still waiting means that nobody admitted it.
    if (this.#waiting.delete(waiting)) throw busy();
  }

  #admitWaiting(): void {
    for (const waiting of this.#waiting) {
      const { holder, amount, admit } = waiting;
      if (!this.#hasRoom(holder, amount)) continue;
      this.#waiting.delete(waiting);
      this.#change(holder, amount);
      admit();
    }
  }

  #hasRoom(holder: Holder, amount: number): boolean {
    if (this.#shares.taken + amount > this.#total) return false;
    const { accountId } = holder;
    return this.#shares.hasRoom({ accountId, amount }) || this.#isOldest(holder);
  }

  #isOldest(holder: Holder): boolean {
    for (const other of this.#holders) if (other.accountId === holder.accountId) return other === holder;
    return false;
  }

  #change(holder: Holder, amount: number): void {
    const { accountId } = holder;
    this.#shares.change({ accountId, amount });
    holder.bytes += amount;
    if (holder.bytes > 0) this.#holders.add(holder);
    else this.#holders.delete(holder);
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
