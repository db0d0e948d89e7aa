import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { buildSync, type Metafile, transformSync } from "esbuild";

/** One process may make several stacks (tests do): bundles are the same for all. */
const bundles = new Map<string, BundledFunction>();
const temporary = mkdtempSync(join(tmpdir(), "bundles-"));
process.once("exit", () => rmSync(temporary, { recursive: true, force: true }));

const root = resolve(import.meta.dirname, "..");

/**
 * The SDK imports these when it comes to them, which is never: a function's credentials are in its environment, and it
 * is no browser.
 */
const neverLoaded = [
  ...["http", "ini", "process", "sso", "web-identity"].map((kind) => `@aws-sdk/credential-provider-${kind}`),
  "@smithy/credential-provider-imds",
  "bowser",
];

/** What lies in a function's package beside its own module. */
export interface FunctionParts {
  readonly files?: { readonly [name: string]: string } | undefined;
  readonly threads?: { readonly [name: string]: string } | undefined;
}

export interface BundledFunction {
  readonly folder: string;
  /** Size of all its JavaScript. */
  readonly bytes: number;
  /** Size of what its start reads and compiles. */
  readonly bytesAtStart: number;
}

/**
 * One function's module with all it imports, as CommonJS for Node 24: `index.js` and the chunks that it requires, at
 * its start or, where our code says `import()`, when it comes to them.
 *
 * esbuild splits ES modules only, so each chunk is made one first and CommonJS then. As ES modules they would start
 * slower: an `import` of `node:http` or `node:tls` evaluates all their exports, undici and the root certificates among
 * them, which no code of ours uses.
 *
 * @param entry - path in the repository, for example `functions/tick/lambda.ts`; it exports `handler`
 * @param files - files to lie beside the bundle: name there → path in the repository
 * @param threads - modules that it starts as threads: name there, without `.js` → path in the repository
 */
export function bundleFunction(entry: string, { files = {}, threads = {} }: FunctionParts = {}): BundledFunction {
  const made = bundles.get(entry);
  if (made !== undefined) return made;
  const folder = join(temporary, entry.replaceAll("/", "-"));
  mkdirSync(folder);
  const { metafile, outputFiles } = buildSync({
    entryPoints: mapPaths({ index: entry, ...threads }),
    outdir: folder,
    bundle: true,
    splitting: true,
    write: false,
    platform: "node",
    target: "node24",
    format: "esm",
    // Chinese text as it is: a character takes three bytes, and six where it is escaped.
    charset: "utf8",
    // The packages' own ES modules: a third of the size of their CommonJS, since what is not used falls away.
    mainFields: ["module", "main"],
    external: neverLoaded,
    metafile: true,
    logLevel: "warning",
    absWorkingDir: root,
  });
  const bytes = new Map<string, number>();
  for (const { path, text } of outputFiles) {
    const name = basename(path);
    const { code } = transformSync(text, {
      format: "cjs",
      charset: "utf8",
      platform: "node",
      target: "node24",
      // `require` at the time of the call.
      supported: { "dynamic-import": false },
      // Names stay: stack traces in the logs should name our functions, and keeping them by `keepNames` costs time at
      // every start.
      minifyWhitespace: true,
      minifySyntax: true,
      // Warns about `import.meta` in code that no function calls.
      logOverride: { "empty-import-meta": "silent" },
    });
    writeFileSync(join(folder, name), code);
    bytes.set(name, Buffer.byteLength(code));
  }
  for (const [name, path] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    copyFileSync(join(root, path), join(folder, name));
  }
  const sum = (names: Iterable<string>) => [...names].reduce((total, name) => total + bytes.get(name)!, 0);
  const bundle = { folder, bytes: sum(bytes.keys()), bytesAtStart: sum(requiredBy("index.js", metafile)) };
  bundles.set(entry, bundle);
  return bundle;
}

const mapPaths = (paths: { readonly [name: string]: string }) =>
  Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, join(root, path)]));

/** The file itself and all that it requires when it is loaded. */
function requiredBy(name: string, { outputs }: Metafile): Set<string> {
  const files = new Map(Object.entries(outputs).map(([path, output]) => [basename(path), output]));
  const found = new Set([name]);
  // A set is gone through in the order in which it grows.
  for (const file of found) {
    for (const { path, kind, external } of files.get(file)?.imports ?? []) {
      if (kind === "import-statement" && external !== true) found.add(basename(path));
    }
  }
  return found;
}
