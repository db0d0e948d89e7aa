import { signal } from "@preact/signals";
import type { Image, ZImageClient } from "../../../../../sdk/src/index.ts";
import { type GalleryFilter, imageFilter } from "../filters/gallery-filter.ts";
import { type DaySection, type ImageList, imagesBetween } from "./image-list.ts";

const pageSize = 100;

interface Day {
  readonly day: string;
  count: number;
  images: Image[];
  cursor: string | undefined;
  isComplete: boolean;
  filling: Promise<void> | undefined;
}

/**
 * Images whose days the API has counted, so that the list has its whole length from the start and any day is reached
 * without the days before it. Within a day, pages come one after the other.
 */
export class CountedImages implements ImageList {
  readonly sections = signal<readonly DaySection[]>([]);
  readonly total = signal<number | null>(null);
  readonly status = signal<"loading" | "ready" | "failed">("loading");
  readonly error = signal<unknown>(undefined);
  readonly #client: Pick<ZImageClient, "images">;
  readonly #filter: GalleryFilter;
  readonly #opening: Promise<void>;
  #days: Day[] = [];
  #wanted = { from: 0, to: 0 };

  constructor(client: Pick<ZImageClient, "images">, filter: GalleryFilter) {
    this.#client = client;
    this.#filter = filter;
    this.#opening = this.#open();
  }

  want(from: number, to: number): void {
    this.#wanted = { from, to };
    let first = 0;
    for (const day of this.#days) {
      if (first + day.count > from && first < to) void this.#fill(day);
      first += day.count;
    }
  }

  async load(from: number, to: number): Promise<readonly Image[]> {
    await this.#opening;
    this.want(from, to);
    await Promise.all(this.#days.map(({ filling }) => filling));
    return imagesBetween(this.#days, from, to);
  }

  remove(ids: ReadonlySet<string>): void {
    for (const day of this.#days) {
      const kept = day.images.filter(({ id }) => !ids.has(id));
      day.count -= day.images.length - kept.length;
      day.images = kept;
    }
    this.#show();
  }

  async #open(): Promise<void> {
    const { model, from, to } = this.#filter;
    try {
      const { data } = await this.#client.images.days(model === "" ? {} : { model });
      this.#days = data
        .filter(({ day }) => (from === "" || day >= from) && (to === "" || day <= to))
        .map(({ day, images: count }) => {
          return { day, count, images: [], cursor: undefined, isComplete: false, filling: undefined };
        });
      this.#show();
      this.status.value = "ready";
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Whether the day has places that are wanted and have not come. */
  #lacks(day: Day): boolean {
    const first = this.#days.slice(0, this.#days.indexOf(day)).reduce((sum, { count }) => sum + count, 0);
    const wantedEnd = Math.min(day.count, this.#wanted.to - first);
    return !day.isComplete && first + day.count > this.#wanted.from && day.images.length < wantedEnd;
  }

  #fill(day: Day): Promise<void> {
    day.filling ??= this.#fetchPages(day).finally(() => {
      day.filling = undefined;
    });
    return day.filling;
  }

  async #fetchPages(day: Day): Promise<void> {
    const { day: from } = day;
    const filter = imageFilter({ ...this.#filter, from, to: from });
    try {
      while (this.#lacks(day)) {
        const { data, next_cursor } = await this.#client.images.list(filter, { pageSize }).page(day.cursor);
        const known = new Set(day.images.map(({ id }) => id));
        day.images.push(...data.filter(({ id }) => !known.has(id)));
        day.cursor = next_cursor ?? undefined;
        day.isComplete = next_cursor === null;
        // Counts may be off by what has come or gone since; the list is right.
        if (day.isComplete) day.count = day.images.length;
        else day.count = Math.max(day.count, day.images.length);
        this.#show();
      }
      this.error.value = undefined;
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.error.value = error;
    if (this.status.peek() === "loading") this.status.value = "failed";
  }

  #show(): void {
    this.sections.value = this.#days
      .filter(({ count }) => count > 0)
      .map(({ day, count, images }) => ({ day, count, images: [...images] }));
    this.total.value = this.#days.reduce((sum, { count }) => sum + count, 0);
  }
}
