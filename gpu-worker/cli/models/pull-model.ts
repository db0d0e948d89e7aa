import { mkdir, readFile, rename, rm, stat, statfs, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { InvalidInputError } from "../../../shared/errors.ts";
import { type Clock, systemClock } from "../../../shared/ports/clock.ts";
import { type DownloadOptions, downloadFile, unfinishedFiles } from "../../weights/download/download-file.ts";
import { listFiles, writeManifest } from "../../weights/folder/model-manifest.ts";
import { type HubFile, hubFile } from "./hub-file.ts";
import { checkAddress, type HubListing, type HubName, hubs } from "./hubs.ts";
import { formSources, type KnownModel, knownModels, type PullForm } from "./known-models.ts";
import { filesUnlikeMakers, filesUnlikeReports } from "./makers-checksums.ts";

export interface PullOptions {
  readonly model: KnownModel;
  /** @default "published" */
  readonly form?: PullForm;
  /** @default "huggingface" */
  readonly from?: HubName;
  /** Address in place of the hub's own. */
  readonly mirror?: string;
  /** Commit, tag or branch of the published form's repository. @default the hub's main line */
  readonly revision?: string;
  readonly token?: string;
  /** The model's folder; must not exist. */
  readonly outDir: string;
  /** Parts (`tokenizer`, `vae` …) in place of everything. */
  readonly only?: readonly string[];
  readonly onProgress?: (progress: PullProgress) => void;
  /** Told of every file that is not the one its makers list, in a sentence. */
  readonly onWarning?: (message: string) => void;
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
  const { model, form = "published", from = "huggingface", only, signal, clock = systemClock } = options;
  const out = resolve(options.outDir);
  if (await stat(out).catch(() => undefined)) {
    throw new InvalidInputError("output_exists", `${out} exists already; check it with verify, or remove it first`);
  }
  const address = options.mirror === undefined ? hubs[from].address : checkAddress(options.mirror);
  const listings = await listForm(options, address);
  const files = listings.flatMap((listing) => listing.files);
  if (files.length === 0) {
    const what = only ? `the parts ${only.join(", ")}` : "files that the engine reads";
    const where = listings.map(({ repository }) => repository).join(", ");
    throw new InvalidInputError("nothing_to_pull", `${where} at ${address} has none of ${what}`);
  }

  const staging = join(dirname(out), `.${out.slice(dirname(out).length + 1)}.pull`);
  await mkdir(staging, { recursive: true });
  const whose = listings.map(({ repository, revision }) => `${from} ${address} ${repository} ${revision}\n`).join("");
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
    // A file under its final name was verified by the run that put it there.
    const there = await stat(path).catch(() => undefined);
    if (there?.size === file.bytes) onBytes(file.bytes);
    else await downloadFile(hubFile(file, options.token), path, { clock, onBytes, signal, ...options.download });
  }
  const stored = await listFiles(staging);
  const problems = [...(await filesUnlikeMakers(model, staging)), ...filesUnlikeReports(stored)];
  for (const problem of problems) options.onWarning?.(problem);
  const giving = listings.filter((listing) => listing.files.length > 0);
  const [source, ...otherSources] = giving.map(({ repository, revision }) => ({
    hub: from,
    address,
    repository,
    revision,
  }));
  await writeManifest(staging, {
    format: 1,
    form,
    licence: knownModels[model].licence,
    source,
    otherSources: otherSources.length > 0 ? otherSources : undefined,
    files: stored,
  });
  await rm(mark);
  await rename(staging, out);
}

/**
 * Files of a form as the hub lists them, repository by repository.
 * @throws InvalidInputError naming the form or the file that the hub does not have
 */
export async function listForm(
  options: Pick<PullOptions, "model" | "form" | "from" | "revision" | "only" | "token" | "signal">,
  address: string,
): Promise<readonly HubListing[]> {
  const { model, form = "published", from = "huggingface", only, token, signal } = options;
  const hub = hubs[from];
  const sources = formSources(model, form);
  if (!sources) throw new InvalidInputError("unknown_form", `nobody publishes ${model} as ${form}; try another --form`);
  const listings: HubListing[] = [];
  for (const { repository, place, needed } of sources) {
    const revision = (form === "published" && options.revision) || hub.revision;
    const listing = await hub.list(repository, place, { address, revision, token, signal });
    const there = new Set(listing.files.map(({ path }) => path));
    const absent = needed.filter((path) => !there.has(path));
    if (absent.length > 0) {
      throw new InvalidInputError(
        "form_incomplete",
        `${repository} at ${address} has no file for ${absent.join(", ")}; its publisher may have renamed it: ` +
          "try another --form",
      );
    }
    listings.push({
      ...listing,
      files: listing.files.filter(({ path }) => !only || only.includes(path.split("/")[0]!)),
    });
  }
  return listings;
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
      `${folder} needs ${gigabytes(missing)} more for the model, and ${gigabytes(spareBytes)} have to stay free, but ` +
        `the disk has ${gigabytes(free)} left; free some space, or name another folder with --dir`,
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
