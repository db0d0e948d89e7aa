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
  readonly pictures: number;
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

/** Plays a trace second by second. Jobs wait in order of arrival; a worker draws one at a time and is not stopped while it draws. */
export function simulate(trace: Trace, policy: Policy, random: () => number): Outcome {
  const workers = new Set<Worker>();
  const waiting: number[] = [...trace.arrivals];
  let arrived = 0;
  /** Given back, to be drawn first: arrival times. */
  const returned: number[] = [];
  let next = 0;
  let desired = { spot: 0, onDemand: 0 };
  const waits: number[] = [];
  const paidS = { spot: 0, onDemand: 0 };
  let busyS = 0;
  let starts = 0;
  const history: number[] = [];
  const inDrought = (second: number) =>
    trace.spotDrought !== undefined && second >= trace.spotDrought.from && second < trace.spotDrought.to;

  /** Workers that are to stay, by kind. */
  const staying = { spot: 0, onDemand: 0 };
  const remove = (worker: Worker, second: number) => {
    workers.delete(worker);
    if (!worker.leaving) staying[worker.kind]--;
    paidS[worker.kind] += second - worker.since + world.lingerS;
  };
  const waitingNow = () => arrived - next + returned.length;

  let second = 0;
  const end = trace.hours * 3600;
  for (; second < end || waitingNow() > 0 || [...workers].some(({ job }) => job); second++) {
    if (second > 4 * end) throw new Error(`${trace.name}: the policy never ends the work`);
    while (arrived < waiting.length && waiting[arrived]! <= second) arrived++;
    for (const worker of workers) {
      if (worker.job !== undefined && worker.job.endsAt <= second) worker.job = undefined;
      const taken =
        worker.kind === "spot" &&
        (inDrought(second) || (second >= worker.readyAt && random() < world.interruptionsPerHour / 3600));
      if (taken) {
        if (worker.job !== undefined) {
          returned.push(worker.job.arrivedAt);
          busyS -= worker.job.endsAt - second;
          waits.pop();
        }
        remove(worker, second);
      } else if (worker.leaving && worker.job === undefined) remove(worker, second);
      else if (worker.job === undefined && second >= worker.readyAt && waitingNow() > 0) {
        const arrivedAt = returned.shift() ?? waiting[next++]!;
        const lastsS = secondsPerJob * (0.7 + 0.6 * random());
        worker.job = { arrivedAt, endsAt: second + lastsS };
        waits.push(second - arrivedAt);
        busyS += lastsS;
      }
    }
    if (second % world.decisionEveryS === 0) {
      const held = [...workers].filter(({ job }) => job !== undefined).length;
      desired = {
        ...policy({
          second,
          waiting: waitingNow(),
          held,
          spot: { desired: desired.spot, running: staying.spot },
          onDemand: { desired: desired.onDemand, running: staying.onDemand },
        }),
      };
      history.push(workers.size);
    }
    if (staying.spot !== desired.spot) resize("spot");
    if (staying.onDemand !== desired.onDemand) resize("onDemand");
  }
  for (const worker of [...workers]) remove(worker, second);

  const sorted = waits.toSorted((a, b) => a - b);
  const quantile = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  const totalS = paidS.spot + paidS.onDemand;
  return {
    waitS: { p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99) },
    gpuHours: totalS / 3600,
    onDemandHours: paidS.onDemand / 3600,
    idleShare: 1 - busyS / totalS,
    pictures: waits.length,
    starts,
    workers: history,
  };

  /** ECS: keeps the number asked for, and takes away idle tasks before busy ones, which are protected until their job's end. */
  function resize(kind: Worker["kind"]): void {
    const missing = desired[kind] - staying[kind];
    if (missing > 0 && (kind === "onDemand" || !inDrought(second))) {
      for (let i = 0; i < missing; i++) {
        const readyAt = second + world.startS + world.startJitterS * (random() - 0.5);
        workers.add({ kind, since: second, readyAt, job: undefined, leaving: false });
        staying[kind]++;
        starts++;
      }
    }
    if (missing >= 0) return;
    const mine = [...workers].filter((one) => one.kind === kind && !one.leaving);
    const surplus = mine.toSorted(
      (a, b) => Number(a.job !== undefined) - Number(b.job !== undefined) || b.since - a.since,
    );
    for (const worker of surplus.slice(0, -missing)) {
      worker.leaving = true;
      staying[kind]--;
    }
  }
}
