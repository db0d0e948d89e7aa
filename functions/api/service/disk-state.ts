import type { Clock } from "../../../shared/ports/clock.ts";

/** Free bytes below which the disk counts as full: SQLite's log and one image of the largest size still fit. */
const leastFreeBytes = 64_000_000;
/** Longest wait for the file system: whoever asks whether this process responds is not to wait for others' writes. */
const patienceMs = 25;
/** A write that found no room says so for this long, whatever the free bytes are: a quota does not show there. */
const rememberedMs = 60_000;

export interface DiskStateOptions {
  readonly clock: Pick<Clock, "now" | "sleep">;
  /** Free bytes where the data lies. @default not known: only failed writes tell */
  readonly freeDiskBytes?: () => Promise<number>;
}

/** Whether the disk is full that everything is stored on. */
export class DiskState {
  readonly #options: DiskStateOptions;
  #foundFullAt = Number.NEGATIVE_INFINITY;
  /** What the file system said last. */
  #wasFull = false;
  #asking: Promise<void> | undefined;

  constructor(options: DiskStateOptions) {
    this.#options = options;
  }

  noteFull(): void {
    this.#foundFullAt = this.#options.clock.now();
  }

  /** As the file system says, or as it said last where it takes its time. */
  async isFull(): Promise<boolean> {
    const { clock } = this.#options;
    if (clock.now() - this.#foundFullAt < rememberedMs) return true;
    // One question at a time: each takes one of the few threads that write files.
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    const answered = new AbortController();
    await Promise.race([this.#asking, clock.sleep(patienceMs, answered.signal)]);
    answered.abort();
    return this.#wasFull;
  }

  async #ask(): Promise<void> {
    const free = await this.#options.freeDiskBytes?.().catch(() => undefined);
    this.#wasFull = free !== undefined && free < leastFreeBytes;
  }
}
