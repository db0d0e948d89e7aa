import type { Context } from "hono";
import { NotFoundError } from "../../../../shared/errors.ts";
import { type Archive, openArchive } from "../../../catalogue/outputs/archive.ts";
import { inputManifest } from "../../../catalogue/outputs/input-manifest.ts";
import {
  type ManifestAddresses,
  type ManifestForm,
  manifestText,
  manifestTypes,
} from "../../../catalogue/outputs/manifest.ts";
import { manifestWorkbook } from "../../../catalogue/outputs/manifest-workbook.ts";
import { publicAddresses } from "../../../catalogue/publish/publications.ts";
import { mayLeave, type ReviewedResult, reviewedResults } from "../../../catalogue/review/reviewed-results.ts";
import { openRunTable, openSource } from "../../../catalogue/run/read-products.ts";
import { taskResults } from "../../../catalogue/run/task-results.ts";
import { isOver, type Run } from "../../../runs/run.ts";
import type { ApiEnv, RouteDependencies } from "../../dependencies.ts";
import { matchesEtag, requestedRange } from "../../http/byte-range.ts";
import { requestLinks, requestOrigin } from "../../http/request-links.ts";
import { ApiError } from "../../problems/api-error.ts";
import { byteStream, textStream } from "./download-stream.ts";

const workbookType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/** A line for each file of a run, written as it is read. */
export async function manifest(c: Context<ApiEnv>, run: Run, form: ManifestForm, dependencies: RouteDependencies) {
  const results = wantedResults(c, run, dependencies);
  const text = manifestText(results, form, await addressesOf(c, run, dependencies));
  c.header("Content-Type", manifestTypes[form]);
  c.header("Content-Disposition", `attachment; filename="${run.id}.${form}"`);
  return c.body(await textStream(text, dependencies));
}

/** The same as a workbook of texts. */
export async function workbook(c: Context<ApiEnv>, run: Run, dependencies: RouteDependencies) {
  const results = wantedResults(c, run, dependencies);
  const bytes = await manifestWorkbook(results, await addressesOf(c, run, dependencies));
  c.header("Content-Type", workbookType);
  c.header("Content-Disposition", `attachment; filename="${run.id}.xlsx"`);
  return c.body(bytes as Uint8Array<ArrayBuffer>);
}

/** The caller's own table with the images' columns added. */
export async function inputPlus(c: Context<ApiEnv>, run: Run, dependencies: RouteDependencies) {
  const source = await openSource(run, dependencies);
  const addresses = await addressesOf(c, run, dependencies);
  async function* text() {
    await using file = source;
    const table = await openRunTable(run, file);
    const escapeFormulas = c.req.query("for") === "excel";
    yield* inputManifest(table, wantedResults(c, run, dependencies), run.catalogue!.order, {
      ...addresses,
      escapeFormulas,
    });
  }
  c.header("Content-Type", manifestTypes.csv);
  c.header("Content-Disposition", `attachment; filename="${run.id}-input.csv"`);
  return c.body(await textStream(text(), dependencies));
}

async function addressesOf(c: Context<ApiEnv>, run: Run, dependencies: RouteDependencies): Promise<ManifestAddresses> {
  const owner = { accountId: run.identity.accountId, runKey: run.catalogue!.order.runKey };
  const origin = requestOrigin(c, dependencies);
  return {
    link: requestLinks(c, dependencies),
    public: await publicAddresses(dependencies.items, owner, origin),
  };
}

/**
 * Results of a run; with `?review=approved` those alone that may go to a shop.
 * @throws ApiError for any other review, before the first result
 */
function wantedResults(
  c: Context<ApiEnv>,
  run: Run,
  dependencies: RouteDependencies,
): AsyncGenerator<ReviewedResult, void> {
  const wanted = c.req.query("review");
  if (wanted !== undefined && wanted !== "approved") {
    const message = `review must be "approved", or be left out, got ${JSON.stringify(wanted.slice(0, 60))}`;
    throw new ApiError(400, "invalid_value", message, { param: "review" });
  }
  return wanted === undefined ? reviewedResults(run, dependencies) : approvedResults(run, dependencies);
}

async function* approvedResults(run: Run, dependencies: RouteDependencies): AsyncGenerator<ReviewedResult, void> {
  for await (const result of reviewedResults(run, dependencies)) if (mayLeave(result)) yield result;
}

/**
 * Archives that were opened lately, each with the names of at most a thousand files: a download in a hundred ranges
 * reads the results of its run once. Only of runs that do not change any more.
 */
const openedOf = new WeakMap<object, Map<string, Promise<Archive | undefined>>>();
const maxOpened = 8;

function openKept(c: Context<ApiEnv>, run: Run, number: number, dependencies: RouteDependencies) {
  const { objects } = dependencies;
  if (c.req.query("review") !== undefined) return openArchive(wantedResults(c, run, dependencies), number, objects);
  // Without decisions, which change: a download that broke off must find the same bytes a week later.
  const open = () => openArchive(taskResults(run, dependencies), number, objects);
  if (!isOver(run)) return open();
  const opened = openedOf.get(objects) ?? new Map<string, Promise<Archive | undefined>>();
  openedOf.set(objects, opened);
  const key = JSON.stringify([run.id, run.finishedAt, run.total, number]);
  const known = opened.get(key);
  if (known !== undefined) return known;
  const archive = open();
  archive.catch(() => opened.delete(key));
  opened.set(key, archive);
  if (opened.size > maxOpened) opened.delete(opened.keys().next().value!);
  return archive;
}

/** Any part of an archive, which is nowhere stored. */
export async function archive(c: Context<ApiEnv>, run: Run, number: number, dependencies: RouteDependencies) {
  const found = await openKept(c, run, number, dependencies);
  if (found === undefined) {
    throw new NotFoundError("archive_not_found", `run ${run.id} has no archive ${number}: there are no more images`);
  }
  const etag = `"${found.digest}"`;
  c.header("ETag", etag);
  c.header("Accept-Ranges", "bytes");
  c.header("Content-Type", "application/zip");
  c.header("Content-Disposition", `attachment; filename="${run.id}-${number}.zip"`);
  if (matchesEtag(c.req.header("if-none-match"), etag)) return c.body(null, 304);
  const range = requestedRange(c, { bytes: found.size, etag });
  const [start, end] = range ?? [0, found.size - 1];
  c.header("Content-Length", String(end - start + 1));
  if (range !== undefined) c.header("Content-Range", `bytes ${start}-${end}/${found.size}`);
  return c.body(byteStream(found.read(start, end), dependencies), range === undefined ? 200 : 206);
}
