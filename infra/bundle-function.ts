import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { buildSync } from "esbuild";

/** One process may make several stacks (tests do): bundles are the same for all. */
const bundles = new Map<string, BundledFunction>();
const temporary = mkdtempSync(join(tmpdir(), "bundles-"));
process.once("exit", () => rmSync(temporary, { recursive: true, force: true }));

const root = resolve(import.meta.dirname, "..");

const otherCredentials = [
  ...["http", "ini", "process", "sso", "web-identity"].map((kind) => `@aws-sdk/credential-provider-${kind}`),
  "@smithy/credential-provider-imds",
];

export interface BundledFunction {
  readonly folder: string;
  /** Of the JavaScript, in bytes. */
  readonly bytes: number;
}

/**
 * One function's module with all it imports, as one CommonJS module for Node 24. As an ES module it would start slower: an `import` of
 * `node:http` or `node:tls` evaluates all their exports, undici and the root certificates among them, which nobody asked for.
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
    outfile: join(folder, "index.js"),
    bundle: true,
    minify: true,
    // Stack traces in the logs should name our functions.
    keepNames: true,
    platform: "node",
    target: "node24",
    format: "cjs",
    // The packages' own ES modules: a third of the size of their CommonJS, since what is not used falls away.
    mainFields: ["module", "main"],
    // A function's credentials are in its environment. The SDK imports the other ways to get some when it comes to them.
    external: otherCredentials,
    // Of `import.meta` in what a function does not call.
    logOverride: { "empty-import-meta": "silent" },
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
