import { readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

/**
 * Arguments of `node` with which `npm start` runs the pipeline: the flags that `package.json` names, and its entry
 * file.
 * @param more - flags besides
 */
export function startCommand(more: readonly string[] = []): string[] {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly scripts: { readonly start: string };
  };
  const [program, ...command] = scripts.start.split(" ");
  const entry = command.pop();
  if (program !== "node" || entry === undefined) throw new Error(`npm start runs ${scripts.start}, expected node`);
  return [...command, ...more, join(root, entry)];
}
