import type { Guarantee } from "../guarantees/guarantee.ts";
import type { Mutation } from "../guarantees/mutations/mutation.ts";

/** A way to deploy that differs from the default, with what must hold of its template beside every other guarantee. */
export interface Variant {
  readonly name: string;
  readonly context: { readonly [key: string]: unknown };
  readonly guarantees: readonly Guarantee[];
  /** Stack that `guarantees` are about. @default the pipeline's, which holds the guarantees of every template too */
  readonly stack?: string;
  /** Each breaks one of `guarantees`. */
  readonly mutations: readonly Mutation[];
}

export const workerImage = "z-image-worker:v1";
