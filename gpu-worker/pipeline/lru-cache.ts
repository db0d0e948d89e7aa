/** Keeps what was used last, up to a number of bytes. A value larger than that is not kept at all. */
export class LruCache<T extends object> {
  readonly #capacityBytes: number;
  readonly #bytesOf: (value: T) => number;
  /** In order of use, the oldest first. */
  readonly #values = new Map<string, T>();
  #bytes = 0;

  constructor(capacityBytes: number, bytesOf: (value: T) => number) {
    this.#capacityBytes = capacityBytes;
    this.#bytesOf = bytesOf;
  }

  get(key: string): T | undefined {
    const value = this.#values.get(key);
    if (value === undefined) return undefined;
    this.#values.delete(key);
    this.#values.set(key, value);
    return value;
  }

  set(key: string, value: T): void {
    this.#remove(key);
    this.#values.set(key, value);
    this.#bytes += this.#bytesOf(value);
    for (const oldest of this.#values.keys()) {
      if (this.#bytes <= this.#capacityBytes) break;
      this.#remove(oldest);
    }
  }

  #remove(key: string): void {
    const value = this.#values.get(key);
    if (value === undefined) return;
    this.#bytes -= this.#bytesOf(value);
    this.#values.delete(key);
  }
}
