import { LimitError, PipelineError } from "../../../shared/errors.ts";
import { type GuardedResponse, guardedFetch, type UrlRules } from "../../../shared/net/guarded-fetch.ts";
import type { Objects } from "../../../shared/ports/objects.ts";
import { runFolder } from "../../runs/rows/row-chunks.ts";
import type { Run } from "../../runs/run.ts";
import type { FaceDependencies } from "../../runs/run-face.ts";
import { CatalogueError } from "../problems/catalogue-problem.ts";

/** Of the file as it arrives. */
const maxSourceBytes = 200_000_000;
/** Asked for at once; a server that knows no ranges sends the whole file. */
const pieceBytes = 16_000_000;
/** A server that gives a few bytes at a time would be asked for hours. */
const maxPieces = 1_000;
const timeoutMs = 120_000;
const maxRedirects = 3;
const contentType = "application/octet-stream";

/** The rules of an address that a catalogue is fetched from. */
export function sourceRules({ localMode }: { readonly localMode: boolean }): UrlRules {
  return { allowLoopback: localMode, param: "source.source_url", subject: "image" };
}

type SourceFiles = Pick<Run, "id" | "identity">;

/**
 * Fetches a run's file and keeps it with the run, so that later readings see the same bytes. Again for the same run
 * does nothing once all is there.
 * @throws CatalogueError `source_url_forbidden`, `source_unreachable`, `source_status`, `file_too_large`
 */
export async function fetchSource(
  run: SourceFiles,
  address: string,
  dependencies: Pick<FaceDependencies, "objects" | "localMode" | "budget" | "fetchImage">,
): Promise<void> {
  const { objects } = dependencies;
  if ((await objects.head(partsKey(run))) !== undefined) return;
  const parts: number[] = [];
  let bytes = 0;
  let etag: string | undefined;
  let isWhole = false;
  for (;;) {
    const range = { range: `bytes=${bytes}-${bytes + pieceBytes - 1}`, ...(etag && { "if-range": etag }) };
    const {
      status,
      body,
      truncated,
      headers: answered,
    } = await follow(address, isWhole ? {} : range, run, dependencies);
    // Behind the end of a file whose server did not say how long it is.
    if (status === 416 || (status === 206 && body.length === 0 && bytes > 0)) break;
    // A piece of which its server does not say where it belongs: without a range, the server has to send all.
    if (status === 206 && rangeOf(answered["content-range"])?.start !== bytes) {
      if (isWhole) throw new CatalogueError("source_status", { value: address, status });
      isWhole = true;
      continue;
    }
    // Whole: the server knows no ranges, or the file has changed since the first piece.
    if (status === 200) {
      parts.length = 0;
      bytes = 0;
    }
    if (truncated || bytes + body.length > maxSourceBytes) {
      throw new CatalogueError("file_too_large", { value: `more than ${maxSourceBytes}`, limit: maxSourceBytes });
    }
    await objects.put(partKey(run, parts.length), body, { contentType });
    parts.push(body.length);
    bytes += body.length;
    etag = answered.etag?.startsWith("W/") ? undefined : answered.etag;
    if (status === 200 || bytes >= rangeOf(answered["content-range"])!.total) break;
    if (parts.length === maxPieces) {
      const why = `it gave ${bytes} bytes in ${maxPieces} pieces, and there are more`;
      throw new CatalogueError("source_unreachable", { value: address, why });
    }
  }
  await objects.put(partsKey(run), Buffer.from(JSON.stringify(parts)), { contentType: "application/json" });
}

/** First byte of a piece and bytes of the whole file, `Infinity` where its server does not know them. */
function rangeOf(contentRange = ""): { readonly start: number; readonly total: number } | undefined {
  const [, start, total] = /^bytes (\d{1,15})-\d{1,15}\/(\d{1,15}|\*)$/i.exec(contentRange.trim()) ?? [];
  if (start === undefined) return undefined;
  return { start: Number(start), total: total === "*" ? Number.POSITIVE_INFINITY : Number(total) };
}

/** Each address on the way is checked as the first was. */
async function follow(
  address: string,
  headers: { readonly range?: string; readonly "if-range"?: string },
  { identity: { accountId } }: SourceFiles,
  {
    localMode,
    budget,
    fetchImage = guardedFetch,
  }: Pick<FaceDependencies, "objects" | "localMode" | "budget" | "fetchImage">,
): Promise<GuardedResponse> {
  let url = address;
  for (let redirects = 0; ; redirects++) {
    const options = { ...sourceRules({ localMode }), maxResponseBytes: maxSourceBytes, timeoutMs };
    const fetch = () => fetchImage(url, { method: "GET", headers: { accept: "*/*", ...headers }, ...options });
    const response = await budget.fetches.run({ accountId, url }, fetch).catch((cause: unknown) => {
      if (cause instanceof LimitError || !(cause instanceof PipelineError)) throw cause;
      const code = cause.code.endsWith("_forbidden") ? "source_url_forbidden" : "source_unreachable";
      throw new CatalogueError(code, { value: url, why: cause.message }, { cause });
    });
    const { status } = response;
    const location = status >= 300 && status < 400 ? URL.parse(response.headers.location ?? "", url)?.href : undefined;
    if (location !== undefined && redirects < maxRedirects) {
      url = location;
      continue;
    }
    const isBehindEnd = status === 416 && headers.range?.startsWith("bytes=0-") === false;
    if (status !== 200 && status !== 206 && !isBehindEnd)
      throw new CatalogueError("source_status", { value: url, status });
    return response;
  }
}

/** The bytes that were fetched. */
export async function* sourceBytes(run: SourceFiles, objects: Objects): AsyncGenerator<Uint8Array, void> {
  const stored = await objects.get(partsKey(run));
  if (stored === undefined) throw new Error(`the file of run ${run.id} was not fetched`);
  const parts = JSON.parse(Buffer.from(stored.body).toString("utf8")) as readonly number[];
  for (const index of parts.keys()) {
    const part = await objects.get(partKey(run, index));
    if (part === undefined) throw new Error(`a part of the file of run ${run.id} is gone`);
    yield part.body;
  }
}

function partsKey(run: SourceFiles): string {
  return `${runFolder(run)}/source.json`;
}

function partKey(run: SourceFiles, index: number): string {
  return `${runFolder(run)}/source-${String(index).padStart(3, "0")}.bin`;
}
