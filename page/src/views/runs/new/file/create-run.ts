import type { Run, RunRequest } from "../../../../../../sdk/src/index.ts";
import { client } from "../../../../server/client.ts";
import { takeRun } from "../../run-queries.ts";

export type Shot = NonNullable<RunRequest["shots"]>[number];

/**
 * What a run draws until its maker says otherwise. Both names are optional, so that any table can be planned.
 * The size is the model's.
 */
export const firstShot: Shot = {
  id: "main",
  method: "draw",
  prompt: "a {% if color %}{{color}} {% endif %}{{title}}",
  optional: ["title", "color"],
  alt: "{{title}}{% if color %}, {{color}}{% endif %}",
};

/** Records the run; its file is read meanwhile. @param wishes - of the run that this one follows */
export async function createRun(
  source: RunRequest["source"],
  name: string,
  wishes: Partial<RunRequest> = { shots: [firstShot] },
): Promise<Run> {
  const run = await client.value.runs.create({
    ...wishes,
    source,
    metadata: { name: name.slice(0, 200) },
  } as RunRequest);
  takeRun(run);
  return run;
}

/** The run that follows another: the same columns, images and names, under the same key. */
export async function followingWishes(id: string): Promise<Partial<RunRequest>> {
  const { object: _, source: __, pictures, ...wishes } = await client.value.runs.mapping(id);
  return { ...wishes, ...(pictures && { pictures }) } as Partial<RunRequest>;
}

const sampleProducts = [
  ["teapot", "red"],
  ["mug", "blue"],
  ["chair", "brown"],
  ["apple", "red"],
  ["clock", "black"],
  ["umbrella", "purple"],
  ["penguin", ""],
  ["rocket", ""],
  ["robot", ""],
  ["sunflower", ""],
] as const;

/** Ten products that every model draws, for somebody who has no table at hand. */
export function createSampleRun(): Promise<Run> {
  const rows = sampleProducts.map(([Name, Colour], index) => ({
    SKU: `N-${String(index + 1).padStart(3, "0")}`,
    Name,
    Colour,
  }));
  return createRun({ rows }, "first-night");
}
