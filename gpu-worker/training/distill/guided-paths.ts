import { createHash } from "node:crypto";
import { appendFile, mkdir, readFile, rename, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { drawImages, type GuidedBy, type StudentBatch } from "./student-images.ts";
import type { VelocityNetwork, Weights } from "./velocity-network.ts";

/** A point of a teacher's path: where the student may stand, and where the teacher went from there. */
interface PathPoint {
  readonly ids: readonly number[];
  readonly patches: Float32Array;
  readonly end: Float32Array;
}

/** Paths of one batch: one image size. */
export interface PathGroup {
  readonly latentShape: readonly [number, number, number];
  /** @param stage - step of the student, 0..N−1 */
  point(item: number, stage: number): PathPoint;
}

export interface GuidedPathsOptions {
  readonly folder: string;
  /** Decides, with the options, what the file may be used again for: another string for another teacher. */
  readonly fingerprint: string;
  readonly groups: number;
  /** Captions and noise of a group, decided by its number alone. */
  readonly batch: (group: number) => Omit<StudentBatch, "stages">;
  /** Levels of the teacher's steps; the student's are every `stride`-th of them. */
  readonly sigmas: Float32Array;
  readonly stride: number;
  readonly guidance: GuidedBy;
  readonly tell: (text: string) => void;
}

/**
 * The teacher's own guided Euler paths, drawn once and kept in `folder` in float16: per group and item the states at
 * the student's levels and the end. An interrupted run continues after the last complete group.
 */
export async function openGuidedPaths(
  teacher: VelocityNetwork,
  weights: Weights,
  options: GuidedPathsOptions,
): Promise<PathGroup[]> {
  const { folder, fingerprint, groups, batch, sigmas, stride, guidance, tell } = options;
  const key = createHash("sha256")
    .update(JSON.stringify([fingerprint, groups, [...sigmas], stride, guidance]))
    .digest("hex")
    .slice(0, 16);
  const path = join(folder, `paths-${key}.f16`);
  const batches = Array.from({ length: groups }, (_, group) => batch(group));
  const points = (sigmas.length - 1) / stride + 1;
  const sizes = batches.map(({ noises }) => points * noises.length * noises[0]!.length);
  if (!(await isFile(path))) {
    tell(`the teacher draws ${batches.reduce((sum, { ids }) => sum + ids.length, 0)} guided paths, kept in ${path}`);
    await mkdir(folder, { recursive: true });
    const partial = `${path}.part`;
    for (let group = await wholeGroups(partial, sizes); group < groups; group++) {
      const kept: Float32Array[] = [];
      const onState = (step: number, states: readonly Float32Array[]) => {
        if (step % stride === 0) kept.push(...states);
      };
      await drawImages(teacher, weights, batches[group]!, sigmas, { guidance, onState });
      await appendFile(partial, Buffer.concat(kept.map((values) => new Uint8Array(Float16Array.from(values).buffer))));
    }
    await rename(partial, path);
  }
  const values = new Float16Array(Uint8Array.from(await readFile(path)).buffer);
  let start = 0;
  return batches.map(({ ids, noises, latentShape }, group) => {
    const [from, count] = [start, noises[0]!.length];
    start += sizes[group]!;
    const at = (item: number, state: number) => {
      const begin = from + (state * ids.length + item) * count;
      return Float32Array.from(values.subarray(begin, begin + count));
    };
    return {
      latentShape,
      point: (item, stage) => ({ ids: ids[item]!, patches: at(item, stage), end: at(item, points - 1) }),
    };
  });
}

/** Number of complete groups in a partly written file; an incomplete last group is cut off. */
async function wholeGroups(path: string, sizes: readonly number[]): Promise<number> {
  const bytes = await stat(path).then(
    ({ size }) => size,
    () => 0,
  );
  let [whole, group] = [0, 0];
  while (group < sizes.length && whole + 2 * sizes[group]! <= bytes) whole += 2 * sizes[group++]!;
  if (whole < bytes) await truncate(path, whole);
  return group;
}

const isFile = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
