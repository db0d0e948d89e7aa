import type { Clock } from "../../../shared/ports/clock.ts";

/** Free bytes below which the disk counts as full: SQLite's log and one image of the largest size still fit. */
const leastFreeBytes = 64_000_000;
/** A write that found no room says so for this long, whatever the free bytes are: a quota does not show there. */
const rememberedMs = 60_000;

export interface DiskStateOptions {
  readonly clock: Pick<Clock, "now">;
  /** Free bytes where the data lies. @default not known: only failed writes tell */
  readonly freeDiskBytes?: () => Promise<number>;
}

/** Whether the disk is full that everything is stored on. */
export class DiskState {
  readonly #options: DiskStateOptions;
  #foundFullAt = Number.NEGATIVE_INFINITY;

  constructor(options: DiskStateOptions) {
    this.#options = options;
  }

  noteFull(): void {
    this.#foundFullAt = this.#options.clock.now();
  }

  async isFull(): Promise<boolean> {
    const { clock, freeDiskBytes } = this.#options;
    if (clock.now() - this.#foundFullAt < rememberedMs) return true;
    const free = await freeDiskBytes?.().catch(() => undefined);
    return free !== undefined && free < leastFreeBytes;
  }
}
