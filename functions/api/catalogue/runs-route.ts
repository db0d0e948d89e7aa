import { createHash } from "node:crypto";
import { type Context, Hono } from "hono";
import type * as z from "zod";
import { createLinkSigner } from "../../../shared/access/signed-link.ts";
import { InvalidInputError, NotFoundError } from "../../../shared/errors.ts";
import { resultLinkS } from "../../../shared/limits.ts";
import { ItemsConditionFailed } from "../../../shared/ports/items.ts";
import { parseFields } from "../../../shared/request/field-errors.ts";
import { openArchive } from "../../catalogue/outputs/archive.ts";
import { type ManifestForm, manifestText, manifestTypes } from "../../catalogue/outputs/manifest.ts";
import { noCounts } from "../../catalogue/run/catalogue-state.ts";
import { readReport, storeRows } from "../../catalogue/run/read-products.ts";
import { taskResults } from "../../catalogue/run/task-results.ts";
import { type Change, canceled, changeRun, paused, resumed, started } from "../../runs/change-run.ts";
import type { Run } from "../../runs/run.ts";
import { createRun, findRun, listRuns, readRun } from "../../runs/run-store.ts";
import { wakeRun } from "../../runs/steps/wake-run.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { UploadedFiles } from "../files/uploaded-files.ts";
import { bodyLimit } from "../http/body-limit.ts";
import { matchesEtag, requestedRange } from "../http/byte-range.ts";
import { readJsonBody } from "../http/json-body.ts";
import { requestOrigin } from "../http/request-links.ts";
import { noteRequest } from "../submission/client-retry.ts";
import { type Idempotency, idempotencyOf } from "../submission/idempotency-key.ts";
import { onceEvenIfRepeated } from "../submission/submit-or-reattach.ts";
import { presentReport } from "./run-report.ts";
import { orderOf, runRequestSchema, startRequestSchema } from "./run-request.ts";
import { presentRun, type runListSchema } from "./run-responses.ts";

/** A catalogue run is there until it is deleted with its account's old records. */
const lifeMs = 90 * 86_400_000;
const defaultPage = 20;
const maxPage = 100;

/** `/v1/runs`: a table of products in, an image of each of them out. */
export function runsRoute(dependencies: RouteDependencies): Hono<ApiEnv> {
  const { authenticate, items } = dependencies;
  const write = authenticate("jobs:write");
  const read = authenticate("jobs:read");
  const runOf = async (c: Context<ApiEnv>) =>
    (await readRun(items, c.get("identity").accountId, c.req.param("id")!, "catalogue")).run;
  return new Hono<ApiEnv>()
    .post("/", write, bodyLimit(), (c) => createCatalogueRun(c, dependencies))
    .get("/", read, async (c) => {
      const limit = Math.max(1, Math.min(maxPage, Math.trunc(Number(c.req.query("limit"))) || defaultPage));
      const order = { limit, after: c.req.query("after"), face: "catalogue" as const };
      const { runs, hasMore } = await listRuns(items, c.get("identity").accountId, order);
      const list: z.infer<typeof runListSchema> = { object: "list", data: runs.map(presentRun), has_more: hasMore };
      return c.json(list);
    })
    .get("/:id", read, async (c) => c.json(presentRun(await runOf(c))))
    .get("/:id/report", read, async (c) => {
      const report = await readReport(await runOf(c), dependencies.objects);
      if (report !== undefined) return c.json(presentReport(report));
      throw new NotFoundError(
        "report_not_found",
        "the file has not been read to its end; see the run's status and problem",
      );
    })
    .post("/:id/start", write, bodyLimit(), async (c) => {
      const { accept_warnings: acceptWarnings = false } = parseFields(startRequestSchema, await optionalBody(c));
      return change(c, started({ acceptWarnings }), dependencies);
    })
    .post("/:id/pause", write, (c) => change(c, paused, dependencies))
    .post("/:id/resume", write, (c) => change(c, resumed, dependencies))
    .post("/:id/cancel", write, (c) => change(c, canceled, dependencies))
    .get("/:id/manifest.jsonl", read, async (c) => manifest(c, await runOf(c), "jsonl", dependencies))
    .get("/:id/manifest.csv", read, async (c) => manifest(c, await runOf(c), "csv", dependencies))
    .get("/:id/archive.zip", read, async (c) => archive(c, await runOf(c), 1, dependencies))
    .get("/:id/archives/:number{[1-9]\\d{0,4}}", read, async (c) =>
      archive(c, await runOf(c), Number(c.req.param("number")), dependencies),
    );
}

/** A body that may be left out. */
async function optionalBody(c: Context<ApiEnv>): Promise<unknown> {
  return c.req.raw.headers.get("content-type") === null ? {} : readJsonBody(c.req.raw);
}

async function change(c: Context<ApiEnv>, wish: Change, dependencies: RouteDependencies) {
  const run = { accountId: c.get("identity").accountId, id: c.req.param("id")!, face: "catalogue" as const };
  return c.json(presentRun(await changeRun(run, wish, dependencies)));
}

function manifest(c: Context<ApiEnv>, run: Run, form: ManifestForm, dependencies: RouteDependencies): Response {
  const text = manifestText(taskResults(run, dependencies), form, linkOf(c, dependencies));
  c.header("Content-Type", manifestTypes[form]);
  c.header("Content-Disposition", `attachment; filename="${run.id}.${form}"`);
  return c.body(textStream(text, dependencies));
}

function linkOf(c: Context<ApiEnv>, dependencies: RouteDependencies) {
  const { linkSecret: secret, clock } = dependencies;
  return createLinkSigner({
    secret,
    origin: requestOrigin(c, dependencies),
    now: () => clock.now(),
    lifeS: resultLinkS,
  });
}

/** Records the run once, however often its request is sent again. Its file is read later. */
async function createCatalogueRun(c: Context<ApiEnv>, dependencies: RouteDependencies) {
  const { items, objects, clock, newId, prices } = dependencies;
  const body = await readJsonBody(c.req.raw);
  const request = parseFields(runRequestSchema, body);
  const order = orderOf(request, c.req.header("accept-language"));
  const identity = c.get("identity");
  const made = async (id: string) => {
    const run = (await findRun(items, id))?.run;
    return run?.identity.accountId === identity.accountId && run.face === "catalogue" ? run : undefined;
  };
  const idempotency = idempotencyOf(c, body);
  // Two requests with one key mean one run: its id is made of the key.
  const keyedId = idempotency && `run_${createHash("sha256").update(idempotency.key).digest("hex").slice(0, 26)}`;
  const repeatable = { body, newId: () => keyedId ?? `run_${newId()}`, made, waitMs: 0 };
  return onceEvenIfRepeated(c, repeatable, dependencies, async ({ id, repeated, request: noted }) => {
    const known = repeated || id === keyedId ? await made(id) : undefined;
    if (known !== undefined) return replay(c, known, idempotency);
    if (!repeated) await noteRequest(noted, id, dependencies);
    const { source } = request;
    if ("file_id" in source) await new UploadedFiles(dependencies).get(identity.accountId, source.file_id);
    else await storeRows({ id, identity }, source.rows.map(asTexts), objects);
    const now = clock.now();
    const cost = { quoted: 0, dearest: 0, charged: 0, currency: prices[0]!.currency };
    const run: Run = {
      id,
      face: "catalogue",
      identity,
      endpoint: "",
      inputFileId: order.fileId ?? "",
      metadata: request.metadata ?? {},
      traceparent: c.get("traceparent"),
      origin: requestOrigin(c, dependencies),
      status: "importing",
      errors: [],
      ...{ completed: 0, failed: 0, next: 0, inFlight: [], total: 0 },
      nextAt: now,
      createdAt: now,
      expiresAt: now + lifeMs,
      fingerprint: idempotency?.fingerprint,
      catalogue: { order, stage: "read", products: 0, counts: noCounts, cost, outcomes: [], settled: 0 },
    };
    try {
      await createRun(items, run);
    } catch (error) {
      const other = error instanceof ItemsConditionFailed && id === keyedId ? await made(id) : undefined;
      if (other === undefined) throw error;
      return replay(c, other, idempotency);
    }
    await wakeRun(run, dependencies);
    return c.json(presentRun(run), 201, { Location: `/v1/runs/${id}` });
  });
}

/** @throws InvalidInputError `idempotency_key_reused` where the key belongs to another body */
function replay(c: Context<ApiEnv>, run: Run, idempotency: Idempotency | undefined) {
  if (idempotency !== undefined && run.fingerprint !== undefined && run.fingerprint !== idempotency.fingerprint) {
    throw new InvalidInputError(
      "idempotency_key_reused",
      "this Idempotency-Key was used for another run; use a new one",
      {
        param: "Idempotency-Key",
      },
    );
  }
  return c.json(presentRun(run), 200, { "Idempotent-Replayed": "true" });
}

type Cell = string | number | boolean | null;

function asTexts(row: { readonly [column: string]: Cell }): { [column: string]: string } {
  return Object.fromEntries(Object.entries(row).map(([column, cell]) => [column, cell === null ? "" : String(cell)]));
}

/** Any part of an archive, which is nowhere stored. */
async function archive(c: Context<ApiEnv>, run: Run, number: number, dependencies: RouteDependencies) {
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
  return ReadableStream.from(told());
}
