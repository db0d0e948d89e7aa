import { statSync } from "node:fs";
import { access, readdir, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { InvalidFileError } from "../../shared/errors.ts";
import { blockFormMetadata } from "./block-form.ts";
import { type Checkpoint, openCheckpoint } from "./checkpoint.ts";
import { convertCheckpoint } from "./convert/convert-checkpoint.ts";
import { planRepack } from "./convert/plan-conversion.ts";
import { isAbandoned } from "./convert/unfinished-file.ts";
import { readSafetensors, type StoredTensor } from "./formats/safetensors.ts";
import { resolveForm } from "./int8-rows.ts";

/**
 * `openCheckpoint`, ready for a graph. The runtime reads weights from files, in its own layout; quantised GGUF tensors are laid out anew once, in a hidden file
 * beside the GGUF file, and read from there afterwards. Everything else is read where it is. Layouts of what the GGUF file was before
 * it changed are removed, and what killed processes left of theirs.
 * @throws InvalidFileError also when that file cannot be written
 */
export async function loadCheckpoint(path: string): Promise<Checkpoint> {
  const checkpoint = openCheckpoint(path);
  const plans = Array.from(checkpoint.tensors)
    // The token table is read row by row, straight from the GGUF file.
    .filter(([name]) => name !== "model.embed_tokens.weight")
    .map(([name, tensor]) => planRepack(name, tensor))
    .filter((plan) => plan !== undefined);
  const [first] = plans;
  if (!first) return checkpoint;
  const { file } = first.source;
  const { size, mtimeMs } = statSync(file);
  // The name tells which bytes it was made of, so that a changed file is never served from an old layout.
  const repacked = join(dirname(file), `.${basename(file)}.${size}-${Math.floor(mtimeMs)}.blocks.safetensors`);
  await removeLeftovers(file, repacked);
  if (!(await isThere(repacked))) {
    try {
      await convertCheckpoint(repacked, plans, { metadata: blockFormMetadata });
    } catch (cause) {
      if (!(cause as NodeJS.ErrnoException).syscall) throw cause;
      throw new InvalidFileError(
        `${file} must be laid out anew for the runtime, but ${repacked} cannot be written (${(cause as Error).message}); ` +
          "make the folder writable, free space, or convert the model: npm run models -- convert --to int8",
        { cause },
      );
    }
  }
  const tensors = new Map<string, StoredTensor>(checkpoint.tensors);
  for (const [name, tensor] of resolveForm(readSafetensors(repacked))) tensors.set(name, tensor);
  return { ...checkpoint, tensors };
}

/** First, because a new layout may need their room. A folder that cannot be written keeps them: that alone is no reason not to read from it. */
async function removeLeftovers(file: string, current: string): Promise<void> {
  const folder = dirname(file);
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.startsWith(`.${basename(file)}.`)) continue;
    const layout = /^\.\d+--?\d+\.blocks\.safetensors(?<unfinished>\..+\.partial)?$/.exec(
      name.slice(`.${basename(file)}`.length),
    );
    if (!layout) continue;
    const path = join(folder, name);
    const useless = layout.groups?.unfinished ? await isAbandoned(path) : path !== current;
    if (useless) await rm(path, { force: true }).catch(() => {});
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
