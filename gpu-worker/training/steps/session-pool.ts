import type { OnnxSession } from "../../runtime/onnx-session.ts";

export interface PooledSession {
  /** Memory that it holds while it is open. */
  readonly bytes: number;
  open(): Promise<OnnxSession>;
}

/**
 * Sessions that are opened when they are used, and closed, the longest unused first, when all together would hold more
 * than `budget` bytes.
 */
export class SessionPool {
  readonly #budget: number;
  /** In order of use, the longest unused first. */
  readonly #open = new Map<PooledSession, OnnxSession>();

  constructor(budget: number) {
    this.#budget = budget;
  }

  /** The session stays open at least until the next call. */
  async get(wanted: PooledSession): Promise<OnnxSession> {
    let session = this.#open.get(wanted);
    this.#open.delete(wanted);
    if (!session) {
      await this.#shrinkTo(this.#budget - wanted.bytes);
      session = await wanted.open();
    }
    this.#open.set(wanted, session);
    return session;
  }

  release(): Promise<void> {
    return this.#shrinkTo(Number.NEGATIVE_INFINITY);
  }

  async #shrinkTo(bytes: number): Promise<void> {
    let held = this.#open.keys().reduce((sum, one) => sum + one.bytes, 0);
    for (const [one, session] of this.#open) {
      if (held <= bytes) return;
      this.#open.delete(one);
      held -= one.bytes;
      await session.release();
    }
  }
}
