import { readFileSync } from "node:fs";
import type { z } from "zod";
import { GraphBuilder } from "../../../gpu-worker/graph/graph-builder.ts";
import { auditWeights, recordingWeights } from "../../../gpu-worker/graph/weight-audit.ts";
import { openCheckpoint } from "../../../gpu-worker/weights/checkpoint.ts";
import { goldenCheckpoint } from "./golden-tensors.ts";

/** The configuration of one component of the reference checkpoints, such as `tiny-turbo/vae`. */
export const goldenConfig = <T>(component: string, schema: z.ZodType<T>): T =>
  schema.parse(JSON.parse(readFileSync(`${goldenCheckpoint(component)}/config.json`, "utf8")));

/**
 * What graphs read of a reference checkpoint that they should not, or leave unread.
 * @param builds - each for a graph of its own
 * @param isUnused - true for a tensor that none of them may read
 */
export function goldenAudit(
  component: string,
  builds: readonly ((g: GraphBuilder) => void)[],
  isUnused?: (name: string) => boolean,
): string[] {
  const { tensors } = openCheckpoint(goldenCheckpoint(component));
  const shapes = new Map(Array.from(tensors, ([name, { shape }]) => [name, shape]));
  return auditWeights(weightReads(builds), shapes, isUnused);
}

/** Names and shapes of the weights that graphs read, in order. */
export function weightReads(builds: readonly ((g: GraphBuilder) => void)[]) {
  const { source, reads } = recordingWeights();
  for (const build of builds) build(new GraphBuilder({ weights: source }));
  return reads;
}
