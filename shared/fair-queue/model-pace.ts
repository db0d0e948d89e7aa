import type { Clock } from "../ports/clock.ts";
import type { Items } from "../ports/items.ts";

/*
 * Work done and the time it took, by model: every worker keeps the sums of the hour in an item of its own, and who
 * estimates a waiting time adds them up. No two workers write the same item, and none writes for every job. The same
 * item has the images of each minute and how long jobs waited, for operators: `read-activity.ts`.
 */

export const pacePartition = (model: string): string => `PACE#${model}`;
export const hourOf = (now: number): string => new Date(now).toISOString().slice(0, 13);

/** Upper bounds of the classes of waiting times, in seconds. The last class is open. */
export const waitBounds = [0.1, 0.2, 0.5, 1, 2, 3, 5, 8, 12, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1_800, 3_600];

/** A worker writes its sums at most so often. */
const paceEveryMs = 1_000;
/** Time after which a pace is forgotten: nothing was drawn for so long. */
const keptS = 30 * 86_400;

/** One job that was drawn. Work as in `work-of.ts`. */
export interface DrawnJob {
  readonly workerId: string;
  readonly model: string;
  readonly work: number;
  readonly ms: number;
  /** @default 1 */
  readonly images?: number;
  /** From acceptance to the start of the attempt. @default not counted */
  readonly waitMs?: number;
}

interface Sums {
  readonly hour: string;
  work: number;
  ms: number;
  jobs: number;
  /** Images by the minute of the hour in which their job ended. */
  readonly minutes: number[];
  /** Jobs by the class of their waiting time. */
  readonly waits: number[];
  writtenAt: number;
}

/** What the workers of this process drew: a map of one entry, outside of tests. */
export class WorkerPaces {
  readonly #items: Items;
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #sums = new Map<string, Sums>();

  /** @param everyMs - @default `paceEveryMs` */
  constructor(items: Items, clock: Clock, everyMs = paceEveryMs) {
    this.#items = items;
    this.#clock = clock;
    this.#everyMs = everyMs;
  }

  /** Never rejects: the job is over by now, and an estimate may miss it. */
  async add({ workerId, model, work, ms, images = 1, waitMs }: DrawnJob): Promise<void> {
    const now = this.#clock.now();
    const hour = hourOf(now);
    const key = `${workerId} ${model}`;
    const known = this.#sums.get(key);
    const isNewHour = known !== undefined && known.hour !== hour;
    // What came after the last write of the hour that is over.
    if (isNewHour) await this.#write(key, known, now);
    const sums = known === undefined || isNewHour ? emptySums(hour) : known;
    this.#sums.set(key, sums);
    sums.work += work;
    sums.ms += Math.max(1, Math.round(ms));
    sums.jobs++;
    sums.minutes[new Date(now).getUTCMinutes()]! += images;
    if (waitMs !== undefined) sums.waits[waitClass(waitMs)]! += 1;
    if (now - sums.writtenAt < this.#everyMs) return;
    sums.writtenAt = now;
    await this.#write(key, sums, now);
  }

  /** @param key - worker and model, as in `#sums` */
  async #write(key: string, { hour, work, ms, jobs, minutes, waits }: Sums, now: number): Promise<void> {
    const [workerId = "", model = ""] = key.split(" ");
    const exp = Math.ceil(now / 1_000) + keptS;
    const data = { work, ms, jobs, minutes: [...minutes], waits: [...waits], at: now };
    const put = { pk: pacePartition(model), sk: `${hour}#${workerId}`, exp, data };
    await this.#items.write([{ put }]).catch(() => {});
  }
}

function emptySums(hour: string): Sums {
  const minutes = new Array<number>(60).fill(0);
  const waits = new Array<number>(waitBounds.length + 1).fill(0);
  return { hour, work: 0, ms: 0, jobs: 0, minutes, waits, writtenAt: Number.NEGATIVE_INFINITY };
}

function waitClass(ms: number): number {
  const found = waitBounds.findIndex((seconds) => ms <= seconds * 1_000);
  return found < 0 ? waitBounds.length : found;
}

/** Speed of one worker with a model. Work as in `work-of.ts`. */
export interface ModelPace {
  readonly msPerWork: number;
  readonly workPerJob: number;
}

/** Over the last two hours in which something was drawn: what was measured longer ago may be of another machine. */
const hours = 2;
/** Items of more workers than a fleet has in two hours. */
const mostItems = 1_000;

/** `undefined` before the first job of this model has succeeded. */
export async function readModelPace(items: Items, model: string): Promise<ModelPace | undefined> {
  const query = { index: "main", partition: pacePartition(model), reverse: true, limit: mostItems } as const;
  const { items: found } = await items.query(query);
  // An earlier version kept one item for all workers: its sort key is the hour alone.
  const newest = [...new Set(found.map(({ sk }) => sk.slice(0, 13)))].slice(0, hours);
  const counted = found.filter(({ sk }) => newest.includes(sk.slice(0, 13)));
  const sum = (attribute: string) => counted.reduce((total, { data }) => total + Number(data[attribute] ?? 0), 0);
  const [work, ms, jobs] = [sum("work"), sum("ms"), sum("jobs")];
  return work > 0 && jobs > 0 ? { msPerWork: ms / work, workPerJob: work / jobs } : undefined;
}
