import type { Context } from "hono";
import { NotFoundError } from "../../../shared/errors.ts";
import { openArchive } from "../../catalogue/outputs/archive.ts";
import { type ManifestForm, manifestText, manifestTypes } from "../../catalogue/outputs/manifest.ts";
import { taskResults } from "../../catalogue/run/task-results.ts";
import type { Run } from "../../runs/run.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { matchesEtag, requestedRange } from "../http/byte-range.ts";
import { requestLinks } from "../http/request-links.ts";

/** A line for each file of a run, written as it is read. */
export function manifest(c: Context<ApiEnv>, run: Run, form: ManifestForm, dependencies: RouteDependencies): Response {
  const text = manifestText(taskResults(run, dependencies), form, requestLinks(c, dependencies));
  c.header("Content-Type", manifestTypes[form]);
  c.header("Content-Disposition", `attachment; filename="${run.id}.${form}"`);
  return c.body(textStream(text, dependencies));
}

/** Any part of an archive, which is nowhere stored. */
export async function archive(c: Context<ApiEnv>, run: Run, number: number, dependencies: RouteDependencies) {
  const found = await openArchive(taskResults(run, dependencies), number, dependencies.objects);
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

function textStream(text: AsyncIterable<string>, dependencies: RouteDependencies): ReadableStream<Uint8Array> {
  async function* bytes() {
    for await (const piece of text) yield Buffer.from(piece);
  }
  return byteStream(bytes(), dependencies);
}

/** What fails in the middle cuts the connection, so that no client takes half of it for the whole. */
function byteStream(
  bytes: AsyncIterable<Uint8Array>,
  { log }: Pick<RouteDependencies, "log">,
): ReadableStream<Uint8Array> {
  async function* told() {
    try {
      yield* bytes;
    } catch (error) {
      log("error", "a download broke off", { error: String(error) });
      throw error;
    }
  }
  const pieces = told();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await pieces.return();
    },
  });
}
