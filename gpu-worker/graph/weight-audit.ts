import { show } from "./dims.ts";
import type { WeightSource } from "./weight-source.ts";

/** One time that a graph asked for a weight. */
export interface WeightRead {
  readonly name: string;
  readonly dims: readonly number[];
}

/** A weight source without weights: it has whatever is asked for and takes notes. */
export function recordingWeights(): { readonly source: WeightSource; readonly reads: WeightRead[] } {
  const reads: WeightRead[] = [];
  const source: WeightSource = {
    description: "no checkpoint",
    weight(name, dims) {
      reads.push({ name, dims });
      return { dtype: "bfloat16", shape: dims, data: { file: "/absent.safetensors", offset: 0, length: 0 } };
    },
  };
  return { source, reads };
}

/**
 * Compare what graphs read with what a checkpoint holds: every tensor exactly once and with its exact shape, but for
 * those known to be unused.
 * @param stored - shape by tensor name
 * @param isUnused - true for a tensor that no graph may read
 * @returns one line per problem; none means that they agree
 */
export function auditWeights(
  reads: readonly WeightRead[],
  stored: ReadonlyMap<string, readonly number[]>,
  isUnused: (name: string) => boolean = () => false,
): string[] {
  const problems: string[] = [];
  const counts = new Map<string, number>();
  for (const { name, dims } of reads) {
    counts.set(name, (counts.get(name) ?? 0) + 1);
    const shape = stored.get(name);
    if (!shape) problems.push(`${name} ${show(dims)} is read, but the checkpoint has no such tensor`);
    else if (show(shape) !== show(dims))
      problems.push(`${name} is read as ${show(dims)}, but stored as ${show(shape)}`);
  }
  for (const [name, shape] of stored) {
    const count = counts.get(name) ?? 0;
    if (isUnused(name) && count > 0) problems.push(`${name} ${show(shape)} is read, but known to be unused`);
    if (!isUnused(name) && count !== 1) problems.push(`${name} ${show(shape)} is read ${count} times, expected once`);
  }
  return problems;
}
