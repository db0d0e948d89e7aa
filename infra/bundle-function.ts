import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { buildSync } from "esbuild";

/** One process may make several stacks (tests do): bundles are the same for all. */
const bundles = new Map<string, BundledFunction>();
const temporary = mkdtempSync(join(tmpdir(), "bundles-"));
process.once("exit", () => rmSync(temporary, { recursive: true, force: true }));

const root = resolve(import.meta.dirname, "..");

export interface BundledFunction {
  readonly folder: string;
  /** Of the JavaScript, in bytes. */
  readonly bytes: number;
}

/**
 * One function's module with all it imports, as one ES module for Node 24.
 *
 * @param entry - path in the repository, for example `functions/tick/lambda.ts`; it exports `handler`
 * @param files - files to lie beside the bundle: name there → path in the repository
 */
export function bundleFunction(entry: string, files: { readonly [name: string]: string } = {}): BundledFunction {
  const made = bundles.get(entry);
  if (made !== undefined) return made;
  const folder = join(temporary, entry.replaceAll("/", "-"));
  mkdirSync(folder);
  const { metafile } = buildSync({
    entryPoints: [join(root, entry)],
    outfile: join(folder, "index.mjs"),
    bundle: true,
    minify: true,
    // Stack traces in the logs should name our functions.
    keepNames: true,
    platform: "node",
    target: "node24",
    format: "esm",
    // The packages' own ES modules: a third of the size of their CommonJS, since what is not used falls away.
    mainFields: ["module", "main"],
    banner: { js: 'import{createRequire as _require}from"node:module";const require=_require(import.meta.url);' },
    metafile: true,
    logLevel: "warning",
    absWorkingDir: root,
  });
  for (const [name, path] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    copyFileSync(join(root, path), join(folder, name));
  }
  const [output] = Object.values(metafile.outputs);
  const bundle = { folder, bytes: output?.bytes ?? 0 };
  bundles.set(entry, bundle);
  return bundle;
}
