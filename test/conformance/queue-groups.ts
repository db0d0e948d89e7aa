import { expect, it } from "vitest";
import type { Queue } from "../../shared/ports/queue.ts";

type Elapse = (ms: number) => Promise<void>;

/** Longer than any test runs: what is hidden for this long stays hidden. */
const longMs = 600_000;
/** A job's time; no two consumers begin at the same moment. */
const jobMs = 10_000;

/** Consumers that hold each message for `jobMs` and take the next one; time is the driver's. */
class Consumers {
  readonly #queue: Queue;
  readonly #elapse: Elapse;
  readonly #busy: { readonly receipt: string; left: number }[] = [];
  readonly received: string[] = [];

  constructor(queue: Queue, elapse: Elapse) {
    this.#queue = queue;
    this.#elapse = elapse;
  }

  /** All begin, one after the other, within the time of one job. */
  async begin(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      await this.#take(((i + 1) * jobMs) / count);
    }
  }

  /** The next one that is done takes a message. @returns the time that passed */
  async next(): Promise<number> {
    this.#busy.sort((a, b) => a.left - b.left);
    const done = this.#busy.shift()!;
    await this.#elapse(done.left);
    for (const other of this.#busy) other.left -= done.left;
    await this.#queue.delete(done.receipt);
    await this.#take(jobMs);
    return done.left;
  }

  async #take(left: number): Promise<void> {
    const [message] = await this.#queue.receive({ visibilityMs: longMs });
    this.received.push(message!.body);
    this.#busy.push({ receipt: message!.receipt, left });
  }
}

/** Fairness between groups: a part of `queue.conformance.ts`. */
export function groups(open: () => Promise<Queue>, { elapse }: { readonly elapse: Elapse }): void {
  it.each([
    1, 4, 100,
  ])("gives %i consumers a message of a quiet group within one job's time, though 10 000 of another wait", {
    timeout: 60_000,
  }, async (count) => {
    const queue = await open();
    await Promise.all(Array.from({ length: 10_000 }, (_, i) => queue.send(`loud ${i}`, { group: "acc_loud" })));
    const consumers = new Consumers(queue, elapse);
    await consumers.begin(count);
    for (const quiet of ["acc_quiet", "acc_quiet", "acc_other"]) {
      // A group that has just been served is not quiet to one or four consumers.
      for (let i = 0; i < Math.max(12, count); i++) await consumers.next();
      const [body, before] = [`${quiet} after ${consumers.received.length}`, consumers.received.length];
      await queue.send(body, { group: quiet });
      let waited = 0;
      while (!consumers.received.includes(body)) waited += await consumers.next();
      expect(waited, body).toBeLessThanOrEqual(jobMs);
      expect(consumers.received.length - before, `receives until ${body}`).toBeLessThanOrEqual(count);
    }
  });

  it("refuses a group that SQS would refuse", async () => {
    const queue = await open();
    for (const group of ["", "a b", "é", "a".repeat(129)]) {
      await expect(queue.send("x", { group }), group).rejects.toThrow(/a group must be 1 to 128/);
    }
    await queue.send("x", { group: `a-b_C.9${"a".repeat(121)}` });
    expect(await queue.depth()).toEqual({ visible: 1, inFlight: 0, delayed: 0 });
  });
}
