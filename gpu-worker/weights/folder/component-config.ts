import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";

export type Component = "text_encoder" | "transformer" | "vae";

/** Configuration of the released models: files that come without any are taken for theirs. */
export const releasedFolder = fileURLToPath(new URL("../released", import.meta.url));

/**
 * Path of a component's configuration. A folder has its `config.json`. A file has that of the checkpoint folder beside
 * it whose name begins its own name (`tiny-base/` for `tiny-base-single-file.safetensors`), and otherwise the released
 * one: the tensors' shapes then say whether it fits.
 */
export function configPath(component: Component, path: string): string {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return join(path, "config.json");
  const owner = folderOfName(dirname(path), basename(path, extname(path)));
  const own = owner && join(owner, component, "config.json");
  return own && existsSync(own) ? own : join(releasedFolder, "z-image-turbo", component, "config.json");
}

/** The folder in `parent` with the longest name that begins `name`. */
function folderOfName(parent: string, name: string): string | undefined {
  const [longest] = readdirSync(parent, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && name.startsWith(`${entry.name}-`))
    .map((entry) => entry.name)
    .sort((a, b) => b.length - a.length);
  return longest && join(parent, longest);
}
