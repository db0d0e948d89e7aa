import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Latents of one drawn image, and the category it was asked for. */
export interface Drawing {
  readonly category: number;
  readonly latents: Float32Array;
}

/**
 * Drawings of a model, kept in a file named for all that they depend on: the teacher's take a quarter of an hour, and
 * the sheet and the gates need them more than once.
 * @param folder - of the kept files
 * @param model - folder of a model; its transformer's weights are part of the name
 * @param settings - what else the drawings depend on
 */
export async function keptDrawings(
  folder: string,
  { model, settings }: { readonly model: string; readonly settings: unknown },
  draw: () => Promise<readonly Drawing[]>,
): Promise<readonly Drawing[]> {
  const hash = createHash("sha256").update(JSON.stringify(settings));
  const weights = join(model, "transformer", "diffusion_pytorch_model.safetensors");
  for await (const chunk of createReadStream(weights)) hash.update(chunk as Buffer);
  const path = join(folder, `${hash.digest("hex").slice(0, 16)}.f32`);
  const kept = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (kept) return unpack(new Float32Array(new Uint8Array(kept).buffer));
  const drawings = await draw();
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, new Uint8Array(pack(drawings).buffer));
  return drawings;
}

/** How many there are, then per drawing its category and its latents. */
function pack(drawings: readonly Drawing[]): Float32Array {
  return Float32Array.from([drawings.length, ...drawings.flatMap(({ category, latents }) => [category, ...latents])]);
}

function unpack(values: Float32Array): Drawing[] {
  const count = values[0]!;
  const size = (values.length - 1) / count;
  return Array.from({ length: count }, (_, item) => {
    const [category, ...latents] = values.subarray(1 + item * size, 1 + (item + 1) * size);
    return { category: category!, latents: Float32Array.from(latents) };
  });
}
