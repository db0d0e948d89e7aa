import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, sep } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { PipelineError } from "../../shared/errors.ts";

export interface PageFolders {
  /** Of the repository: what is hashed, and where `page/dist` is written. */
  readonly root: string;
  /** Program that builds. */
  readonly vite: string;
  /** Longest that it may take. @default 60 s */
  readonly timeoutMs?: number;
}

/** What the page is made of. Tests beside the sources count too: leaving them out would save no build that matters. */
const sources = ["page", "sdk/src", "shared", "package-lock.json"];
const markName = ".built-from";
const compressed = /\.(?:css|html|js|json|svg|webmanifest)$/;

/**
 * Builds the page into `page/dist` unless that was made from these very sources. A build that fails leaves what was
 * there.
 * @throws PipelineError `page_not_built`, with what the build said
 */
export async function ensurePage(folders: PageFolders): Promise<"built" | "current"> {
  const { root } = folders;
  const hash = await hashOf(root);
  const dist = join(root, "page/dist");
  if ((await builtFrom(dist)) === hash) return "current";
  // Under a name of its own: two starts may build at once.
  const made = await mkdtemp(join(root, "page/dist."));
  try {
    await build(folders, made);
    await compressFiles(made);
    await writeFile(join(made, markName), hash);
    await rm(dist, { recursive: true, force: true });
    await rename(made, dist).catch(async (error: unknown) => {
      // Another process was faster.
      if ((await builtFrom(dist)) !== hash) throw error;
    });
    return "built";
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}

function builtFrom(dist: string): Promise<string> {
  return readFile(join(dist, markName), "utf8").catch(() => "");
}

async function build({ root, vite, timeoutMs = 60_000 }: PageFolders, outDir: string): Promise<void> {
  const child = spawn(process.execPath, [vite, "build", "page", "--outDir", outDir, "--emptyOutDir"], {
    cwd: root,
    env: { ...process.env, NODE_ENV: "production" },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: timeoutMs,
  });
  const [, said, [code, signal]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  if (code === 0) return;
  const how = signal ?? `exit code ${code}`;
  throw new PipelineError("page_not_built", `the page could not be built (${how}): ${firstLines(said)}`);
}

function firstLines(output: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours of a terminal begin with one.
  const plain = output.replaceAll(/\u001b\[[\d;]*m/g, "").trim();
  return plain.slice(0, 1_000) || "it said nothing; try npm run build:page";
}

/** Beside each file that gains by it: the smallest forms, since they are made once and sent often. */
async function compressFiles(folder: string): Promise<void> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => compressed.test(name));
  await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const body = await readFile(path);
      await Promise.all([
        brotli(body, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: body.length } }).then((made) =>
          writeFile(`${path}.br`, made),
        ),
        gzipped(body, { level: 9 }).then((made) => writeFile(`${path}.gz`, made)),
      ]);
    }),
  );
}

const brotli = promisify(brotliCompress);
const gzipped = promisify(gzip);

async function hashOf(root: string): Promise<string> {
  const hash = createHash("sha256");
  for (const source of sources) {
    for (const name of await filesOf(root, source)) {
      hash
        .update(`${name}\0`)
        .update(await readFile(join(root, name)))
        .update("\0");
    }
  }
  return hash.digest("hex");
}

/** Paths in the repository, in an order that is the same everywhere. */
async function filesOf(root: string, source: string): Promise<string[]> {
  const entries = await readdir(join(root, source), { recursive: true, withFileTypes: true }).catch(() => undefined);
  // A file, or not there.
  if (entries === undefined) return (await readFile(join(root, source)).catch(() => undefined)) ? [source] : [];
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(root.length + 1)
        .split(sep)
        .join("/"),
    )
    .filter((name) => !/^page\/(?:dist[./]|node_modules\/)/.test(name))
    .sort();
}
