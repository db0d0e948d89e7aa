import { createHash } from "node:crypto";
import type { Context } from "hono";
import { InvalidInputError } from "../../../shared/errors.ts";
import { runRetentionS } from "../../../shared/limits.ts";
import { assertAllowedUrl } from "../../../shared/net/guarded-fetch.ts";
import { ItemsConditionFailed } from "../../../shared/ports/items.ts";
import { parseFields } from "../../../shared/request/field-errors.ts";
import { noCounts } from "../../catalogue/run/catalogue-state.ts";
import { sourceRules } from "../../catalogue/run/fetch-source.ts";
import { storeRows } from "../../catalogue/run/run-files.ts";
import { type Run, unreadRun } from "../../runs/run.ts";
import { createRun, findRun } from "../../runs/run-store.ts";
import { wakeRun } from "../../runs/steps/wake-run.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { UploadedFiles } from "../files/uploaded-files.ts";
import { readJsonBody } from "../http/json-body.ts";
import { requestOrigin } from "../http/request-links.ts";
import { noteRequest } from "../submission/client-retry.ts";
import { type Idempotency, idempotencyOf } from "../submission/idempotency-key.ts";
import { onceEvenIfRepeated } from "../submission/submit-or-reattach.ts";
import { presentRun } from "./present-run.ts";
import { orderOf, runRequestSchema } from "./run-request.ts";

/** A catalogue run may be started and looked at for so long. */
const lifeMs = 1_000 * runRetentionS;

/** `POST /v1/runs` */
export async function createCatalogueRun(c: Context<ApiEnv>, dependencies: RouteDependencies) {
  const { run, replayed } = await makeCatalogueRun(c, await readJsonBody(c.req.raw), dependencies);
  if (replayed) return c.json(presentRun(run), 200, { "Idempotent-Replayed": "true" });
  return c.json(presentRun(run), 201, { Location: `/v1/runs/${run.id}` });
}

interface MadeRun {
  readonly run: Run;
  /** It was there before. */
  readonly replayed: boolean;
}

/** Records the run once, however often its request is sent again. Its file is read later. */
export async function makeCatalogueRun(
  c: Context<ApiEnv>,
  body: unknown,
  dependencies: RouteDependencies,
): Promise<MadeRun> {
  const { items, objects, clock, newId, prices } = dependencies;
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
    if (known !== undefined) return replay(known, idempotency);
    if (!repeated) await noteRequest(noted, id, dependencies);
    const { source, pictures, webhook } = request;
    if (webhook !== undefined) {
      assertAllowedUrl(webhook.url, { allowLoopback: dependencies.localMode, param: "webhook.url" });
    }
    if (pictures !== undefined) await new UploadedFiles(dependencies).get(identity.accountId, pictures.file_id);
    if ("file_id" in source) await new UploadedFiles(dependencies).get(identity.accountId, source.file_id);
    else if ("source_url" in source) assertAllowedUrl(source.source_url, sourceRules(dependencies));
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
      webhook: webhook && { url: webhook.url, events: webhook.events ?? [] },
      traceparent: c.get("traceparent"),
      origin: requestOrigin(c, dependencies),
      ...unreadRun(now),
      expiresAt: now + lifeMs,
      fingerprint: idempotency?.fingerprint,
      catalogue: { order, stage: "read", products: 0, counts: noCounts, cost, outcomes: [], settled: 0 },
    };
    try {
      await createRun(items, run);
    } catch (error) {
      const other = error instanceof ItemsConditionFailed && id === keyedId ? await made(id) : undefined;
      if (other === undefined) throw error;
      return replay(other, idempotency);
    }
    await wakeRun(run, dependencies);
    return { run, replayed: false };
  });
}

/** @throws InvalidInputError `idempotency_key_reused` where the key belongs to another body */
function replay(run: Run, idempotency: Idempotency | undefined): MadeRun {
  if (idempotency !== undefined && run.fingerprint !== undefined && run.fingerprint !== idempotency.fingerprint) {
    throw new InvalidInputError(
      "idempotency_key_reused",
      "this Idempotency-Key was used for another run; use a new one",
      {
        param: "Idempotency-Key",
      },
    );
  }
  return { run, replayed: true };
}

type Cell = string | number | boolean | null;

function asTexts(row: { readonly [column: string]: Cell }): { [column: string]: string } {
  return Object.fromEntries(Object.entries(row).map(([column, cell]) => [column, cell === null ? "" : String(cell)]));
}
