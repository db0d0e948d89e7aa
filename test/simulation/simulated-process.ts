import type { Clock } from "../../shared/ports/clock.ts";
import type { Items } from "../../shared/ports/items.ts";
import type { Objects } from "../../shared/ports/objects.ts";
import type { Queue } from "../../shared/ports/queue.ts";
import type { Scheduler } from "./scheduler.ts";

/** How often what goes wrong, each per call of a port. */
export interface FaultRates {
  /** The store or queue refuses to work: nothing has happened. */
  readonly refused: number;
  /** It has happened, and the answer is lost: the caller gets an error. */
  readonly answerLost: number;
  /** The call takes `slowMs` instead of milliseconds. */
  readonly slow: number;
  /** A sent message arrives twice. */
  readonly duplicated: number;
}

export const noFaults: FaultRates = { refused: 0, answerLost: 0, slow: 0, duplicated: 0 };
const slowMs = 4_000;
const fastMs = 8;

/** What a driver throws when the network fails it. */
class SimulatedOutage extends Error {}

/**
 * A process of the service: whatever it waits for (a port, a receiver, time) is an event of the scheduler. Killed, it
 * never hears of any of them again, though what it had asked for may still happen. Paused, it hears of them late, and
 * does not know.
 */
export class SimulatedProcess {
  readonly name: string;
  readonly #scheduler: Scheduler;
  readonly #faults: () => FaultRates;
  #alive = true;
  #pausedUntil = 0;
  /** Ends the long poll that is under way. */
  #line = new AbortController();
  readonly clock: Clock;

  constructor(name: string, scheduler: Scheduler, faults: () => FaultRates) {
    this.name = name;
    this.#scheduler = scheduler;
    this.#faults = faults;
    this.clock = {
      now: scheduler.now,
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          if (signal?.aborted) return resolve();
          signal?.addEventListener("abort", () => resolve(), { once: true });
          this.#scheduler.after(ms, () => this.#deliver(resolve));
        }),
    };
  }

  get alive(): boolean {
    return this.#alive;
  }

  kill(): void {
    this.#scheduler.note(`${this.name} killed`);
    this.#alive = false;
    this.#line.abort();
  }

  pause(ms: number): void {
    this.#scheduler.note(`${this.name} paused for ${ms}`);
    this.#pausedUntil = this.#scheduler.now() + ms;
  }

  /** A call over the network: it arrives after a while, happens, and its answer arrives after another while. */
  call<T>(what: string, work: () => Promise<T>, { reliable = false } = {}): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const scheduler = this.#scheduler;
    const faults = reliable ? noFaults : this.#faults();
    const delay = () =>
      scheduler.between(1, fastMs) + (scheduler.chance(faults.slow) ? scheduler.between(0, slowMs) : 0);
    const refused = scheduler.chance(faults.refused);
    const answerLost = scheduler.chance(faults.answerLost);
    scheduler.after(delay(), async () => {
      // A process that died while the call was on its way: half of such calls arrive.
      if (!this.#alive && scheduler.chance(0.5)) return;
      const outcome = refused
        ? new SimulatedOutage(`${what}: refused`)
        : await work().then(ok, (error: unknown) => error);
      scheduler.note(`${this.name} ${what} ${outcome instanceof Ok ? "ok" : String(outcome).slice(0, 80)}`);
      const lost = answerLost && outcome instanceof Ok;
      scheduler.after(delay(), () =>
        this.#deliver(() => {
          if (lost) reject(new SimulatedOutage(`${what}: no answer`));
          else if (outcome instanceof Ok) resolve(outcome.value as T);
          else reject(outcome);
        }),
      );
    });
    return promise;
  }

  #deliver(hear: () => void): void {
    if (!this.#alive) return;
    if (this.#pausedUntil > this.#scheduler.now()) {
      this.#scheduler.at(this.#pausedUntil, () => this.#deliver(hear));
    } else {
      hear();
    }
  }

  items(inner: Items): Items {
    return {
      get: (key) => this.call(`get ${shown(key.pk)}`, () => inner.get(key)),
      query: (query) => this.call(`query ${query.index} ${shown(query.partition)}`, () => inner.query(query)),
      write: (writes) => {
        const names = writes.map((write) => {
          const [kind, key] = Object.entries(write)[0] as [string, { pk: string; sk: string }];
          return `${kind} ${shown(key.pk)} ${shown(key.sk)}`;
        });
        return this.call(`write ${names.join(", ")}`, () => inner.write(writes));
      },
      close: async () => {},
    };
  }

  queue(inner: Queue): Queue {
    const scheduler = this.#scheduler;
    return {
      send: (body, options) =>
        this.call(`send ${body}`, async () => {
          // Late by chance, so that messages overtake each other.
          const delayMs = (options?.delayMs ?? 0) + scheduler.between(0, 50);
          await inner.send(body, { ...options, delayMs });
          if (scheduler.chance(this.#faults().duplicated)) {
            await inner.send(body, { ...options, delayMs: delayMs + scheduler.between(0, 2_000) });
          }
        }),
      // A long poll holds the line: it is waited for outside of the event in which the call arrives.
      receive: async (options) => {
        await this.call("poll", async () => {});
        const { promise, resolve } = Promise.withResolvers<void>();
        let found: Awaited<ReturnType<Queue["receive"]>> = [];
        this.#line = new AbortController();
        const signal = AbortSignal.any([this.#line.signal, ...(options.signal ? [options.signal] : [])]);
        inner.receive({ ...options, signal }).then((messages) => {
          found = messages;
          scheduler.after(scheduler.between(1, fastMs), () => this.#deliver(resolve));
        });
        await promise;
        scheduler.note(
          `${this.name} received ${found.map(({ body, receiveCount }) => `${body} ${receiveCount}`).join()}`,
        );
        return found;
      },
      extend: (receipt, ms) => this.call(`extend ${receipt} ${ms}`, () => inner.extend(receipt, ms)),
      delete: (receipt) => this.call(`delete ${receipt}`, () => inner.delete(receipt)),
      deadLetter: (message, reason) => this.call(`dead letter ${reason}`, () => inner.deadLetter(message, reason)),
      depth: () => this.call("depth", () => inner.depth()),
      deadLetters: (max) => this.call("dead letters", () => inner.deadLetters(max)),
      close: async () => {},
    };
  }

  objects(inner: Objects): Objects {
    return {
      put: (key, body, options) => this.call(`put ${key}`, () => inner.put(key, body, options)),
      putIfAbsent: (key, body, options) => this.call(`put once ${key}`, () => inner.putIfAbsent(key, body, options)),
      get: (key) => this.call(`read ${key}`, () => inner.get(key)),
      getRange: (key, start, end) => this.call(`read ${key}`, () => inner.getRange(key, start, end)),
      head: (key) => this.call(`head ${key}`, () => inner.head(key)),
      list: (prefix, options) => this.call(`list ${prefix}`, () => inner.list(prefix, options)),
      walk: (prefix) => inner.walk(prefix),
      delete: (key) => this.call(`remove ${key}`, () => inner.delete(key)),
      presign: (key, options) => inner.presign(key, options),
      presignPut: (key, options) => inner.presignPut(key, options),
      close: async () => {},
    };
  }
}

class Ok {
  readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
}

function ok(value: unknown): Ok {
  return new Ok(value);
}

/** Keys made from secrets differ from run to run. */
function shown(key: string): string {
  return key.startsWith("KEY#") ? "KEY#…" : key;
}
