import { execFile } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { InvalidFileError, PipelineError } from "../../../shared/errors.ts";
import { readTarGz } from "./read-tar-gz.ts";

/** An npm package that is data, not a dependency: fetched once, known by its hash. */
export interface Source {
  /** `name@version`. */
  readonly package: string;
  /** Checksum of the `.tgz` archive, hexadecimal. */
  readonly sha256: string;
  /** Which of its files are wanted, by their path inside the archive. */
  readonly wanted: (path: string) => boolean;
}

/** 3D images of the emoji, 256 × 256, transparent: Fluent Emoji by Microsoft, packed by LobeHub. MIT. */
export const imageSource: Source = {
  package: "@lobehub/fluent-emoji-3d@1.1.0",
  sha256: "c1bb7eee7de090205a232518a9ab4adb3df458bfbe8a1f78232991194c8b2e58",
  wanted: (path) => path.endsWith(".webp"),
};

/** Names and tags in English and Chinese, by Miles Johnson, from Unicode's CLDR. MIT. */
export const nameSource: Source = {
  package: "emojibase-data@17.0.0",
  sha256: "d01d0e2ca4e22cb402679532155342c71e2e871f25c32223c013b8b166ebdf5a",
  wanted: (path) => path === "package/en/data.json" || path === "package/zh/data.json",
};

const cacheFolder = ".cache/zimage-tiny";

/** Writes one archive of a package into a folder, whatever its name. */
export type Pack = (spec: string, folder: string) => Promise<string>;

/**
 * The wanted files of a package, by their path inside its archive. The archive is kept in `cache`; a kept one is
 * checked again, so neither a cut download nor a changed package gets in.
 * @throws InvalidFileError when the archive is not the one that the dataset was made of
 */
export async function fetchSource(
  source: Source,
  cache: string = cacheFolder,
  pack: Pack = npmPack,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const kept = join(cache, `${source.package.replaceAll(/[^\w.-]+/g, "-").replace(/^-/, "")}.tgz`);
  let archive = await readFile(kept).catch(() => undefined);
  if (archive === undefined || sha256(archive) !== source.sha256) {
    await mkdir(cache, { recursive: true });
    const folder = await mkdtemp(join(cache, "fetch-"));
    try {
      archive = await readFile(join(folder, await pack(source.package, folder)));
    } finally {
      await rm(folder, { recursive: true });
    }
    const found = sha256(archive);
    if (found !== source.sha256)
      throw new InvalidFileError(`${source.package}: expected an archive of sha256 ${source.sha256}, got ${found}`);
    const part = `${kept}.${randomUUID()}`;
    await writeFile(part, archive);
    await rename(part, kept); // whole or not at all
  }
  return readTarGz(archive, source.wanted);
}

async function npmPack(spec: string, folder: string): Promise<string> {
  const npm = process.env.npm_execpath;
  const [command, first] = npm ? [process.execPath, [npm]] : ["npm", []];
  const options = ["pack", spec, "--pack-destination", folder, "--json", "--ignore-scripts", "--loglevel=error"];
  try {
    const shell = !npm && process.platform === "win32"; // npm is a .cmd file there
    const { stdout } = await promisify(execFile)(command, [...first, ...options], { shell, maxBuffer: 2 ** 24 });
    const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
    // npm versions before 9 print "@scope/name-1.0.0.tgz" for a file that they call "scope-name-1.0.0.tgz".
    return filename.replace("@", "").replace("/", "-");
  } catch (cause) {
    throw new PipelineError(
      "fetch_failed",
      `npm pack ${spec} failed: ${(cause as Error).message}; is a registry reachable?`,
      {
        retryable: true,
        cause,
      },
    );
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
