import { statSync } from "node:fs";
import { access, readdir, rm, statfs } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { InvalidFileError } from "../../shared/errors.ts";
import { elementCount } from "../tensor.ts";
import { blockFormMetadata } from "./block-form.ts";
import { type Checkpoint, openCheckpoint } from "./checkpoint.ts";
import { convertCheckpoint } from "./convert/convert-checkpoint.ts";
import { planLayout, type WeightLayout } from "./convert/plan-conversion.ts";
import type { TensorPlan } from "./convert/tensor-plan.ts";
import { isAbandoned } from "./convert/unfinished-file.ts";
import type { Component } from "./folder/component-config.ts";
import { elementBytes, readSafetensors, type StoredTensor } from "./formats/safetensors.ts";
import { resolveForm } from "./int8-rows.ts";

/**
 * Up to so many values a component is expanded to float32 in place of 8 bits: nothing of it is lost, and it takes a
 * gigabyte at most.
 */
const maxExactValues = 250_000_000;

/**
 * `openCheckpoint`, ready for a graph. The runtime reads weights from files, in its own layout; what is stored in
 * another (quantised GGUF tensors, other programs' fp8, int8 and fp4) is laid out anew once, a few rows at a time, in a
 * hidden file beside the weights, and read from there afterwards. Everything else is read where it is. Layouts of what
 * the file was before it changed are removed, and what killed processes left of theirs.
 * @param component - as `openCheckpoint`
 * @param form - lay out linear layers so, also where they could be read as they are
 * @throws InvalidFileError also when that file cannot be written, or its disk has too little room
 */
export async function loadCheckpoint(path: string, component?: Component, form?: WeightLayout): Promise<Checkpoint> {
  const checkpoint = openCheckpoint(path, component);
  const plans = layoutPlans(checkpoint, form);
  const [first] = plans;
  if (!first) return checkpoint;
  const { file } = first.source;
  const stamp = stampOf(new Set(plans.map(({ source }) => source.file)));
  const layout = `${stamp}${component === undefined ? "" : `.${component}`}.${form ?? "blocks"}.safetensors`;
  const repacked = join(dirname(file), `.${basename(file)}.${layout}`);
  await removeLeftovers(file, stamp);
  if (!(await isThere(repacked))) await writeLayout(file, repacked, plans, form);
  const tensors = new Map<string, StoredTensor>(checkpoint.tensors);
  for (const [name, tensor] of resolveForm(readSafetensors(repacked))) tensors.set(name, tensor);
  return { ...checkpoint, tensors };
}

/** Left free on the disk, for whatever else is kept there. */
const spareBytes = 2e9;

async function writeLayout(
  file: string,
  path: string,
  plans: readonly TensorPlan[],
  form: WeightLayout | undefined,
): Promise<void> {
  const fail = (problem: string, cause?: unknown) =>
    new InvalidFileError(
      `${file} must be laid out anew for the runtime, but ${path} cannot be written (${problem}); ` +
        `make the folder writable, free space, or convert the model: npm run models -- convert --to ${form ?? "int8"}`,
      { cause },
    );
  try {
    const { bavail, bsize } = await statfs(dirname(path));
    const needed = plannedBytes(plans);
    const free = bavail * bsize;
    if (needed > spareBytes && needed + spareBytes > free) {
      throw fail(`${(free / 1e9).toFixed(1)} GB are free, ${((needed + spareBytes) / 1e9).toFixed(1)} GB are needed`);
    }
    // The published form says itself what it is.
    await convertCheckpoint(path, plans, { metadata: form === "int8-convrot" ? undefined : blockFormMetadata });
  } catch (cause) {
    if (!(cause as NodeJS.ErrnoException).syscall) throw cause;
    throw fail((cause as Error).message, cause);
  }
}

/** Bytes of the tensors that the plans write. */
export function plannedBytes(plans: readonly TensorPlan[]): number {
  return plans
    .flatMap(({ outputs }) => outputs)
    .reduce((sum, { dtype, shape }) => sum + elementCount(shape) * elementBytes[dtype], 0);
}

/** What `loadCheckpoint` lays out anew. */
export function layoutPlans({ tensors }: Checkpoint, form?: WeightLayout): TensorPlan[] {
  // The token table is read row by row, straight from its own file.
  const used = [...tensors].filter(([name]) => name !== "model.embed_tokens.weight");
  const values = used.reduce((sum, [, { shape }]) => sum + elementCount(shape), 0);
  return used
    .map(([name, tensor]) => planLayout(name, tensor, form, values <= maxExactValues))
    .filter((plan) => plan !== undefined);
}

/** Tells which bytes a layout was made of, so that a changed file is never served from an old one. */
function stampOf(files: ReadonlySet<string>): string {
  const stats = Array.from(files, (file) => statSync(file));
  const size = stats.reduce((sum, each) => sum + each.size, 0);
  return `${size}-${Math.floor(Math.max(...stats.map(({ mtimeMs }) => mtimeMs)))}`;
}

/**
 * First, because a new layout may need their room. A folder that cannot be written keeps them: that alone is no reason
 * not to read from it.
 */
async function removeLeftovers(file: string, current: string): Promise<void> {
  const folder = dirname(file);
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.startsWith(`.${basename(file)}.`)) continue;
    const layout =
      /^\.(?<stamp>\d+--?\d+)(\.[a-z_]+)?\.(blocks|int8-convrot|int4)\.safetensors(?<unfinished>\..+\.partial)?$/.exec(
        name.slice(`.${basename(file)}`.length),
      )?.groups;
    if (!layout) continue;
    const path = join(folder, name);
    const useless = layout.unfinished ? await isAbandoned(path) : layout.stamp !== current;
    if (useless) await rm(path, { force: true }).catch(() => {});
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
