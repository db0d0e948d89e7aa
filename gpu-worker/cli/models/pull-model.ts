import { mkdir, readFile, rename, rm, stat, statfs, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { InvalidInputError } from "../../../shared/errors.ts";
import { type Clock, systemClock } from "../../../shared/ports/clock.ts";
import { type DownloadOptions, downloadFile, unfinishedFiles } from "../../weights/download/download-file.ts";
import { listFiles, writeManifest } from "../../weights/folder/model-manifest.ts";
import { type HubFile, hubFile } from "./hub-file.ts";
import { checkAddress, type HubName, hubs, type KnownModel, knownModels } from "./hubs.ts";

export interface PullOptions {
  readonly model: KnownModel;
  /** @default "huggingface" */
  readonly from?: HubName;
  /** Address in place of the hub's own. */
  readonly mirror?: string;
  /** Commit, tag or branch. @default the hub's main line */
  readonly revision?: string;
  readonly token?: string;
  /** The model's folder; must not exist. */
  readonly outDir: string;
  /** Parts (`tokenizer`, `vae` …) in place of everything. */
  readonly only?: readonly string[];
  readonly onProgress?: (progress: PullProgress) => void;
  readonly signal?: AbortSignal;
  /** @default systemClock */
  readonly clock?: Clock;
  /** Bytes that the disk of a folder has left for this user. @default asks the file system */
  readonly freeBytes?: (folder: string) => Promise<number>;
  readonly download?: Partial<Pick<DownloadOptions, "connections" | "pieceBytes" | "random" | "stallMs">>;
}

export interface PullProgress {
  readonly file: string;
  /** Sums over all files. */
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/**
 * Download a released model. Files gather in `.NAME.pull` beside `outDir`, where the next call finds them after an
 * interruption; the folder appears under its name once every file has the length and checksum that the hub gave, with a
 * manifest of licence, source, revision and checksums.
 * @throws InvalidInputError when `outDir` exists, a part is not known or the disk has no room for what is missing; what
 * arrived earlier is kept
 * @throws PipelineError naming the file, what went wrong and what to do
 */
export async function pullModel(options: PullOptions): Promise<void> {
  const { model, from = "huggingface", only, signal, clock = systemClock } = options;
  const out = resolve(options.outDir);
  if (await stat(out).catch(() => undefined)) {
    throw new InvalidInputError("output_exists", `${out} exists already; check it with verify, or remove it first`);
  }
  const hub = hubs[from];
  const address = options.mirror === undefined ? hub.address : checkAddress(options.mirror);
  const { repository, licence } = knownModels[model];
  const shared = { token: options.token, signal };
  const listing = await hub.list(repository, { address, revision: options.revision ?? hub.revision, ...shared });
  const files = listing.files.filter(({ path }) => !only || only.includes(path.split("/")[0]!));
  if (files.length === 0) {
    const what = only ? `the parts ${only.join(", ")}` : "files that the engine reads";
    throw new InvalidInputError("nothing_to_pull", `${repository} at ${address} has none of ${what}`);
  }

  const staging = join(dirname(out), `.${out.slice(dirname(out).length + 1)}.pull`);
  await mkdir(staging, { recursive: true });
  const whose = `${from} ${address} ${repository} ${listing.revision}\n`;
  const mark = join(staging, ".source");
  if ((await readFile(mark, "utf8").catch(() => whose)) !== whose) {
    await rm(staging, { recursive: true }); // pieces of another revision fit nothing here
    await mkdir(staging);
  }
  await writeFile(mark, whose);

  const totalBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  await requireSpace(staging, files, options.freeBytes);
  let doneBytes = 0;
  for (const file of files) {
    signal?.throwIfAborted();
    const path = join(staging, file.path);
    const onBytes = (bytes: number) => {
      doneBytes += bytes;
      options.onProgress?.({ file: file.path, doneBytes, totalBytes });
    };
    // Under its own name it was found right by the run that put it there.
    const there = await stat(path).catch(() => undefined);
    if (there?.size === file.bytes) onBytes(file.bytes);
    else await downloadFile(hubFile(file, options.token), path, { clock, onBytes, signal, ...options.download });
  }
  const source = { hub: from, address, repository, revision: listing.revision };
  await writeManifest(staging, { format: 1, form: "published", licence, source, files: await listFiles(staging) });
  await rm(mark);
  await rename(staging, out);
}

/** What a pull leaves free on the disk. */
const spareBytes = 500_000_000;

/**
 * @throws InvalidInputError when what `files` still need in `folder` does not fit; what an earlier run left there takes
 * no room a second time
 */
async function requireSpace(folder: string, files: readonly HubFile[], freeBytes = freeBytesOf): Promise<void> {
  let missing = 0;
  for (const { path, bytes } of files) {
    const there = await stat(join(folder, path)).catch(() => undefined);
    if (there?.size !== bytes)
      missing += Math.max(0, bytes - (await allocatedBytes(unfinishedFiles(join(folder, path)).partial)));
  }
  if (missing === 0) return;
  const free = await freeBytes(folder);
  if (free < missing + spareBytes) {
    throw new InvalidInputError(
      "no_space",
      `${folder}: ${gigabytes(missing)} of the model are still to come and ${gigabytes(spareBytes)} are to stay free, the disk has ` +
        `${gigabytes(free)} left; free some, or name another folder with --dir`,
    );
  }
}

async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** A partial file has its full length from the start; the disk has given it only what was written. */
async function allocatedBytes(path: string): Promise<number> {
  const there = await stat(path).catch(() => undefined);
  return there ? there.blocks * 512 : 0;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
