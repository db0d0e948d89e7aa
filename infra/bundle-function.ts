import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { Code } from "aws-cdk-lib/aws-lambda";
import { buildSync } from "esbuild";

const root = resolve(import.meta.dirname, "..");

export interface BundledFunction {
  readonly code: Code;
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
  const folder = mkdtempSync(join(tmpdir(), "bundle-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
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
  return { code: Code.fromAsset(folder), bytes: output?.bytes ?? 0 };
}
