/** An account may begin attempts while it has less than this part of the room that is left, and always one. */
const sharesOfFreeRoom = 8;

interface AttemptLimits {
  /** Attempts under way at once. */
  readonly total: number;
  /** … to one host. */
  readonly perHost: number;
  /** … for one account. */
  readonly perAccount: number;
}

interface Attempt {
  readonly accountId: string;
  readonly host: string;
}

/**
 * How the room for attempts under way is shared: one account or one dead receiver never takes all of it. Counts only;
 * who begins an attempt asks first.
 */
export class AttemptShares {
  readonly #limits: AttemptLimits;
  readonly #perHost = new Map<string, number>();
  readonly #perAccount = new Map<string, number>();
  #underWay = 0;

  constructor(limits: AttemptLimits) {
    this.#limits = limits;
  }

  get isFull(): boolean {
    return this.#underWay >= this.#limits.total;
  }

  /**
   * Whether the account, and the host where one is named, may have one more attempt under way. An account's share
   * shrinks as the room fills, so that there is some for one more account.
   */
  hasRoom({ accountId, host }: Omit<Attempt, "host"> & Partial<Attempt>): boolean {
    const { total, perHost, perAccount } = this.#limits;
    if (host !== undefined && (this.#perHost.get(host) ?? 0) >= perHost) return false;
    const share = Math.min(perAccount, Math.max(1, Math.floor((total - this.#underWay) / sharesOfFreeRoom)));
    return (this.#perAccount.get(accountId) ?? 0) < share;
  }

  /** Counts an attempt. @returns what to call, once, when it is over */
  begin({ accountId, host }: Attempt): () => void {
    const count = (change: 1 | -1) => {
      this.#underWay += change;
      add(this.#perHost, host, change);
      add(this.#perAccount, accountId, change);
    };
    count(1);
    return () => count(-1);
  }
}

function add(counts: Map<string, number>, key: string, change: 1 | -1): void {
  const value = (counts.get(key) ?? 0) + change;
  if (value === 0) counts.delete(key);
  else counts.set(key, value);
}
