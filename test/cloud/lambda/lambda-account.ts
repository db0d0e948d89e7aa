/** Lambda refuses an invocation, as its API does: status 429. */
export class LambdaThrottled extends Error {
  override readonly name = "TooManyRequestsException";
  readonly status = 429;

  constructor(functionName: string) {
    super(`${functionName}: Rate Exceeded.`);
  }
}

export interface LambdaAccountOptions {
  /** Invocations at once of all functions together; 10 in a new account. */
  readonly concurrency: number;
  /** What reservations must leave. @default 100, as AWS does */
  readonly leastUnreserved?: number;
}

/**
 * What one account may invoke at once in a region. A function with reserved concurrency has that much for itself and
 * no more; all others share what is not reserved.
 */
export class LambdaAccount {
  readonly #options: LambdaAccountOptions;
  readonly #reserved = new Map<string, number>();
  /** Invocations under way, by function. */
  readonly #running = new Map<string, number>();
  /** Invocations that were refused, by function. */
  readonly throttles = new Map<string, number>();

  constructor(options: LambdaAccountOptions) {
    this.#options = options;
  }

  /** @throws Error where too little would be left to the functions without a reservation */
  reserve(name: string, concurrency: number): void {
    const { leastUnreserved = 100 } = this.#options;
    const left = this.#unreserved() + (this.#reserved.get(name) ?? 0) - concurrency;
    if (left < leastUnreserved) {
      throw new Error(
        `Specified ReservedConcurrentExecutions for function ${name} decreases the account's ` +
          `UnreservedConcurrentExecution below its minimum value of [${leastUnreserved}].`,
      );
    }
    this.#reserved.set(name, concurrency);
  }

  /**
   * Begins an invocation.
   * @returns what ends it
   * @throws LambdaThrottled where the limit is reached
   */
  take(name: string): () => void {
    const reserved = this.#reserved.get(name);
    const running = reserved === undefined ? this.#runningUnreserved() : (this.#running.get(name) ?? 0);
    if (running >= (reserved ?? this.#unreserved())) {
      this.throttles.set(name, (this.throttles.get(name) ?? 0) + 1);
      throw new LambdaThrottled(name);
    }
    this.#running.set(name, (this.#running.get(name) ?? 0) + 1);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#running.set(name, this.#running.get(name)! - 1);
    };
  }

  #unreserved(): number {
    return this.#options.concurrency - sum(this.#reserved.values());
  }

  #runningUnreserved(): number {
    return sum([...this.#running].filter(([name]) => !this.#reserved.has(name)).map(([, count]) => count));
  }
}

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((all, one) => all + one, 0);
