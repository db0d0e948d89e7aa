export interface Page<T> {
  readonly data: readonly T[];
  /** `null` on the last page. */
  readonly next_cursor: string | null;
}

/** A list that is fetched page by page as it is read: `for await (const item of list)`. */
export class Pages<T> implements AsyncIterable<T> {
  readonly #fetchPage: (cursor: string | undefined) => Promise<Page<T>>;

  /** @param fetchPage - the first page for `undefined` */
  constructor(fetchPage: (cursor: string | undefined) => Promise<Page<T>>) {
    this.#fetchPage = fetchPage;
  }

  /** One page: the first, or the one at a `next_cursor`. */
  page(cursor?: string): Promise<Page<T>> {
    return this.#fetchPage(cursor);
  }

  async *pages(): AsyncGenerator<Page<T>, void> {
    let cursor: string | undefined;
    do {
      const page = await this.#fetchPage(cursor);
      yield page;
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void> {
    for await (const { data } of this.pages()) yield* data;
  }
}
