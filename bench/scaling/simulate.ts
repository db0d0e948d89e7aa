import { type Policy, secondsPerJob } from "./policies.ts";
import type { Trace } from "./traces.ts";

/** How machines behave: assumptions, each named, none of them measured on AWS. Seconds. */
export const world = {
  /** From asked for to the first job: machine, image, weights from S3, model into the GPU. */
  startS: 240,
  startJitterS: 60,
  /** A machine without a task is kept (and paid) this long by ECS. */
  lingerS: 60,
  decisionEveryS: 60,
  /** Part of the spot machines that are taken away, per hour. */
  interruptionsPerHour: 0.05,
};

export interface Outcome {
  readonly waitS: { readonly p50: number; readonly p95: number; readonly p99: number };
  readonly gpuHours: number;
  readonly onDemandHours: number;
  /** Part of the paid hours in which no job was drawn. */
  readonly idleShare: number;
  readonly images: number;
  readonly starts: number;
  /** Workers up at each decision. */
  readonly workers: readonly number[];
}

interface Worker {
  readonly kind: "spot" | "onDemand";
  readonly since: number;
  readonly readyAt: number;
  job: { readonly arrivedAt: number; readonly endsAt: number } | undefined;
  leaving: boolean;
}

/**
 * Plays a trace second by second. Jobs wait in order of arrival; a worker draws one at a time and is not stopped while
 * it draws.
 */
export function simulate(trace: Trace, policy: Policy, random: () => number): Outcome {
  const fleet = new Fleet(trace, policy, random);
  const end = trace.hours * 3600;
  let second = 0;
  for (; second < end || !fleet.isIdle; second++) {
    if (second > 4 * end) throw new Error(`${trace.name}: the policy never ends the work`);
    fleet.play(second);
  }
  return fleet.end(second);
}

class Fleet {
  readonly #trace: Trace;
  readonly #policy: Policy;
  readonly #random: () => number;
  readonly #workers = new Set<Worker>();
  /** Jobs that have arrived, and of those the ones that a worker took. */
  #arrived = 0;
  #taken = 0;
  /** Arrival times of the jobs that interrupted workers gave back, which are drawn first. */
  readonly #returned: number[] = [];
  #desired = { spot: 0, onDemand: 0 };
  /** Workers that are to stay, by kind. */
  readonly #staying = { spot: 0, onDemand: 0 };
  readonly #waits: number[] = [];
  readonly #paidS = { spot: 0, onDemand: 0 };
  #busyS = 0;
  #starts = 0;
  readonly #history: number[] = [];
  /** Second of the last job that was begun: workers tell of it when it ends, within the minute. */
  #drawnAt: number | undefined;

  constructor(trace: Trace, policy: Policy, random: () => number) {
    this.#trace = trace;
    this.#policy = policy;
    this.#random = random;
  }

  get isIdle(): boolean {
    return this.#waiting === 0 && ![...this.#workers].some(({ job }) => job);
  }

  get #waiting(): number {
    return this.#arrived - this.#taken + this.#returned.length;
  }

  play(second: number): void {
    const { arrivals } = this.#trace;
    while (this.#arrived < arrivals.length && arrivals[this.#arrived]! <= second) this.#arrived++;
    for (const worker of this.#workers) {
      if (worker.job !== undefined && worker.job.endsAt <= second) worker.job = undefined;
      if (this.#isInterrupted(worker, second)) {
        this.#giveBack(worker, second);
        this.#remove(worker, second);
      } else if (worker.leaving && worker.job === undefined) this.#remove(worker, second);
      else if (worker.job === undefined && second >= worker.readyAt && this.#waiting > 0) this.#draw(worker, second);
    }
    if (second % world.decisionEveryS === 0) this.#decide(second);
    if (this.#staying.spot !== this.#desired.spot) this.#resize("spot", second);
    if (this.#staying.onDemand !== this.#desired.onDemand) this.#resize("onDemand", second);
  }

  end(second: number): Outcome {
    for (const worker of [...this.#workers]) this.#remove(worker, second);
    const sorted = this.#waits.toSorted((a, b) => a - b);
    const quantile = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
    const totalS = this.#paidS.spot + this.#paidS.onDemand;
    return {
      waitS: { p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99) },
      gpuHours: totalS / 3600,
      onDemandHours: this.#paidS.onDemand / 3600,
      idleShare: 1 - this.#busyS / totalS,
      images: this.#waits.length,
      starts: this.#starts,
      workers: this.#history,
    };
  }

  #isInDrought(second: number): boolean {
    const { spotDrought } = this.#trace;
    return spotDrought !== undefined && second >= spotDrought.from && second < spotDrought.to;
  }

  #isInterrupted({ kind, readyAt }: Worker, second: number): boolean {
    if (kind !== "spot") return false;
    return this.#isInDrought(second) || (second >= readyAt && this.#random() < world.interruptionsPerHour / 3600);
  }

  #giveBack({ job }: Worker, second: number): void {
    if (job === undefined) return;
    this.#returned.push(job.arrivedAt);
    this.#busyS -= job.endsAt - second;
    this.#waits.pop();
  }

  #draw(worker: Worker, second: number): void {
    const arrivedAt = this.#returned.shift() ?? this.#trace.arrivals[this.#taken++]!;
    const lastsS = secondsPerJob * (0.7 + 0.6 * this.#random());
    worker.job = { arrivedAt, endsAt: second + lastsS };
    this.#waits.push(second - arrivedAt);
    this.#drawnAt = second;
    this.#busyS += lastsS;
  }

  #remove(worker: Worker, second: number): void {
    this.#workers.delete(worker);
    if (!worker.leaving) this.#staying[worker.kind]--;
    this.#paidS[worker.kind] += second - worker.since + world.lingerS;
  }

  #decide(second: number): void {
    const { spot, onDemand } = this.#policy({
      second,
      waiting: this.#waiting,
      held: [...this.#workers].filter(({ job }) => job !== undefined).length,
      drawnAt: this.#drawnAt,
      spot: { desired: this.#desired.spot, running: this.#running("spot", second) },
      onDemand: { desired: this.#desired.onDemand, running: this.#running("onDemand", second) },
    });
    this.#desired = { spot, onDemand };
    this.#history.push(this.#workers.size);
  }

  /** What ECS counts as running: not those that wait for their machine or its image. */
  #running(kind: Worker["kind"], second: number): number {
    return [...this.#workers].filter((one) => one.kind === kind && !one.leaving && one.readyAt <= second).length;
  }

  /**
   * ECS keeps the number asked for, and takes away idle tasks before busy ones, which are protected until their job's
   * end.
   */
  #resize(kind: Worker["kind"], second: number): void {
    const missing = this.#desired[kind] - this.#staying[kind];
    if (missing > 0 && (kind === "onDemand" || !this.#isInDrought(second))) {
      for (let i = 0; i < missing; i++) {
        const startS = this.#trace.startS ?? world.startS;
        const readyAt = second + startS + world.startJitterS * (this.#random() - 0.5);
        this.#workers.add({ kind, since: second, readyAt, job: undefined, leaving: false });
        this.#staying[kind]++;
        this.#starts++;
      }
    }
    if (missing >= 0) return;
    const mine = [...this.#workers].filter((one) => one.kind === kind && !one.leaving);
    const surplus = mine.toSorted(
      (a, b) => Number(a.job !== undefined) - Number(b.job !== undefined) || b.since - a.since,
    );
    for (const worker of surplus.slice(0, -missing)) {
      worker.leaving = true;
      this.#staying[kind]--;
    }
  }
}
