import type { Value } from "./value.ts";

/** Where each symbolic size can be read at run time: the first value that has it, and on which axis. */
export class SizeSources {
  readonly #sources = new Map<string, { readonly value: Value; readonly axis: number }>();

  add(value: Value): void {
    value.dims.forEach((dim, axis) => {
      if (typeof dim === "string" && !this.#sources.has(dim)) this.#sources.set(dim, { value, axis });
    });
  }

  find(dim: string): { readonly value: Value; readonly axis: number } {
    const source = this.#sources.get(dim);
    if (!source) throw new Error(`no value has an axis of ${dim}; known: ${[...this.#sources.keys()].join(", ")}`);
    return source;
  }
}
