import type { ClientRequest } from "./client-retry.ts";

interface UnderWay {
  readonly done: Promise<unknown>;
  /** Its client marked it as sent again. */
  readonly resent?: boolean;
  /** Whether its connection has ended before its response. */
  readonly lost: () => boolean;
}

/** Requests that this process is still working on: the store does not show yet what they make. */
export class RequestsUnderWay {
  readonly #perRequest = new Map<string, Set<UnderWay>>();

  /** Until `done` settles. */
  add(request: ClientRequest, entry: UnderWay): void {
    const key = keyOf(request);
    const all = this.#perRequest.get(key) ?? new Set();
    this.#perRequest.set(key, all.add(entry));
    const remove = () => {
      all.delete(entry);
      if (all.size === 0) this.#perRequest.delete(key);
    };
    entry.done.then(remove, remove);
  }

  /**
   * Resolves when the equal requests that are under way at this moment are done: all of them, or only those whose
   * connection is lost and those marked as sent again, of which this request may be the first sending.
   */
  async settled(request: ClientRequest, which: "all" | "repeated"): Promise<void> {
    const now = [...(this.#perRequest.get(keyOf(request)) ?? [])];
    await Promise.allSettled(
      now.filter(({ lost, resent }) => which === "all" || resent || lost()).map(({ done }) => done),
    );
  }
}

function keyOf({ keyId, fingerprint }: ClientRequest): string {
  return `${keyId} ${fingerprint}`;
}
