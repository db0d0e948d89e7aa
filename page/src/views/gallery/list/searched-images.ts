import { signal } from "@preact/signals";
import type { Image, ZImageClient } from "../../../../../sdk/src/index.ts";
import { type GalleryFilter, imageFilter } from "../filters/gallery-filter.ts";
import { dayOf } from "./days.ts";
import type { DaySection, ImageList } from "./image-list.ts";

const pageSize = 100;

/** Images that a search finds, whose number is known at its end alone: pages come one after the other. */
export class SearchedImages implements ImageList {
  readonly sections = signal<readonly DaySection[]>([]);
  readonly total = signal<number | null>(null);
  readonly status = signal<"loading" | "ready" | "failed">("loading");
  readonly error = signal<unknown>(undefined);
  readonly #client: Pick<ZImageClient, "images">;
  readonly #filter: GalleryFilter;
  #images: Image[] = [];
  #cursor: string | undefined;
  #isComplete = false;
  #wantedEnd = 1;
  #filling: Promise<void> | undefined;

  constructor(client: Pick<ZImageClient, "images">, filter: GalleryFilter) {
    this.#client = client;
    this.#filter = filter;
    void this.#fill();
  }

  want(_from: number, to: number): void {
    this.#wantedEnd = to;
    void this.#fill();
  }

  async load(from: number, to: number): Promise<readonly Image[]> {
    this.want(from, to);
    await this.#filling;
    return this.#images.slice(from, to);
  }

  remove(ids: ReadonlySet<string>): void {
    this.#images = this.#images.filter(({ id }) => !ids.has(id));
    this.#show();
  }

  #fill(): Promise<void> {
    this.#filling ??= this.#fetchPages().finally(() => {
      this.#filling = undefined;
    });
    return this.#filling;
  }

  async #fetchPages(): Promise<void> {
    try {
      // A page of a search may be empty, and others follow it.
      while (!this.#isComplete && this.#images.length < this.#wantedEnd) {
        const filter = imageFilter(this.#filter);
        const { data, next_cursor } = await this.#client.images.list(filter, { pageSize }).page(this.#cursor);
        this.#images.push(...data);
        this.#cursor = next_cursor ?? undefined;
        this.#isComplete = next_cursor === null;
        this.#show();
      }
      this.status.value = "ready";
      this.error.value = undefined;
    } catch (error) {
      this.error.value = error;
      if (this.status.peek() === "loading") this.status.value = "failed";
    }
  }

  #show(): void {
    const sections: { day: string; count: number; images: Image[] }[] = [];
    for (const image of this.#images) {
      const day = dayOf(image.created_at);
      if (sections.at(-1)?.day !== day) sections.push({ day, count: 0, images: [] });
      const section = sections.at(-1)!;
      section.images.push(image);
      section.count++;
    }
    this.sections.value = sections;
    if (sections.length > 0) this.status.value = "ready";
    this.total.value = this.#isComplete ? this.#images.length : null;
  }
}
