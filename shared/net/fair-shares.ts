/** An account may take more while it has less than this part of the room that is left, and always `least`. */
const defaultSharesOfFreeRoom = 8;

export interface ShareLimits {
  /** What can be taken at once, in whatever the shares are counted in: attempts, fetches, bytes. */
  readonly total: number;
  /** … by one account. */
  readonly perAccount: number;
  /** … for one host. @default no limit */
  readonly perHost?: number;
  /** An account may take one part in so many of the room that is left. @default 8 */
  readonly sharesOfFreeRoom?: number;
  /** What an account may always have, however little room is left. @default 1 */
  readonly least?: number;
}

export interface Share {
  readonly accountId: string;
  readonly host?: string;
  /** @default 1 */
  readonly amount?: number;
}

/**
 * How a limited amount of room is shared: one account or one dead host never takes all of it. It only counts; who takes
 * a share asks `hasRoom` first.
 */
export class FairShares {
  readonly #limits: Required<ShareLimits>;
  readonly #perHost = new Map<string, number>();
  readonly #perAccount = new Map<string, number>();
  #taken = 0;

  constructor({
    perHost = Number.POSITIVE_INFINITY,
    sharesOfFreeRoom = defaultSharesOfFreeRoom,
    least = 1,
    ...limits
  }: ShareLimits) {
    this.#limits = { ...limits, perHost, sharesOfFreeRoom, least };
  }

  get taken(): number {
    return this.#taken;
  }

  get isFull(): boolean {
    return this.#taken >= this.#limits.total;
  }

  /**
   * Whether the account, and the host where one is named, may take this much more. An account's share shrinks as the
   * room fills, so that there is some for one more account; `isFull` is for the caller to look at.
   */
  hasRoom({ accountId, host, amount = 1 }: Share): boolean {
    const { total, perHost, perAccount, sharesOfFreeRoom, least } = this.#limits;
    if (host !== undefined && (this.#perHost.get(host) ?? 0) + amount > perHost) return false;
    const share = Math.min(perAccount, Math.max(least, Math.floor((total - this.#taken) / sharesOfFreeRoom)));
    return (this.#perAccount.get(accountId) ?? 0) + amount <= share;
  }

  /** Counts a share. @returns what to call, once, when it is given back */
  take({ amount = 1, ...share }: Share): () => void {
    this.change({ ...share, amount });
    return () => this.change({ ...share, amount: -amount });
  }

  /** Counts what is taken, or given back where `amount` is negative. */
  change({ accountId, host, amount }: Share & { readonly amount: number }): void {
    this.#taken += amount;
    if (host !== undefined) add(this.#perHost, host, amount);
    add(this.#perAccount, accountId, amount);
  }
}

function add(counts: Map<string, number>, key: string, change: number): void {
  const value = (counts.get(key) ?? 0) + change;
  if (value === 0) counts.delete(key);
  else counts.set(key, value);
}
