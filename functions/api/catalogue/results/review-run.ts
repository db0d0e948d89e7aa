import type { Context } from "hono";
import type * as z from "zod";
import { parseFields } from "../../../../shared/request/field-errors.ts";
import { decide } from "../../../catalogue/review/decide.ts";
import { drawAgain } from "../../../catalogue/review/draw-again.ts";
import { reviewedResults } from "../../../catalogue/review/reviewed-results.ts";
import type { DrawingOverrides } from "../../../catalogue/run/image-memory.ts";
import { holdRun, inState } from "../../../runs/hold-run.ts";
import type { Run } from "../../../runs/run.ts";
import { wakeRun } from "../../../runs/steps/wake-run.ts";
import type { ApiEnv, RouteDependencies } from "../../dependencies.ts";
import { optionalJsonBody, readJsonBody } from "../../http/json-body.ts";
import { presentRun } from "../present-run.ts";
import { retryRequestSchema, reviewRequestSchema } from "./result-requests.ts";
import type { runRetryResultSchema, runReviewResultSchema } from "./result-responses.ts";

/** States in which images may be drawn once more: a run that was ended early stays ended. */
const mayDrawAgain = inState("running", "paused", "completed", "failed");

/** `POST /v1/runs/{id}/review`: approves images, or rejects them and has them drawn once more. */
export async function reviewRun(c: Context<ApiEnv>, run: Run, dependencies: RouteDependencies) {
  const request = parseFields(reviewRequestSchema, await readJsonBody(c.req.raw));
  const { tasks, state, decision, reason, note, regenerate = false } = request;
  const isRejected = decision === "reject";
  const verdict = isRejected ? "rejected" : "approved";
  if (isRejected && regenerate !== false) mayDrawAgain(run);
  const decided = await decide(
    run,
    { tasks, state, verdict, ...(isRejected && { reason }), note },
    { ...dependencies, now: dependencies.clock.now() },
  );
  let [drawnAgain, after] = [0, run];
  if (isRejected && regenerate !== false && decided.length > 0) {
    const wanted = new Map(decided.map((key) => [key, overridesOf(regenerate, run, dependencies)]));
    ({ drawnAgain, after } = await again(run, wanted, dependencies));
  }
  const result: z.infer<typeof runReviewResultSchema> = {
    object: "run.review",
    decided: decided.length,
    drawn_again: drawnAgain,
    run: presentRun(after),
  };
  return c.json(result);
}

function overridesOf(
  regenerate: NonNullable<z.output<typeof reviewRequestSchema>["regenerate"]>,
  { catalogue }: Run,
  { newSeed }: Pick<RouteDependencies, "newSeed">,
): DrawingOverrides | undefined {
  const wishes = typeof regenerate === "object" ? regenerate : {};
  // A seed that does not follow the version would draw the same image.
  const seed = wishes.seed ?? (catalogue!.order.seeds.kind === "per_sku" ? undefined : newSeed());
  const { strength, prompt_suffix: promptSuffix } = wishes;
  const overrides = {
    seed,
    strength,
    promptSuffix,
  };
  return Object.keys(overrides).length === 0 ? undefined : overrides;
}

/** `POST /v1/runs/{id}/retry`: draws once more what failed while it was drawn. */
export async function retryRun(c: Context<ApiEnv>, run: Run, dependencies: RouteDependencies) {
  const { reasons, skus } = parseFields(retryRequestSchema, await optionalJsonBody(c.req.raw));
  mayDrawAgain(run);
  const wanted = new Map<string, undefined>();
  const leftOut: { [code: string]: number } = {};
  for await (const { task, status, error } of reviewedResults(run, dependencies)) {
    const isMeant = (reasons?.includes(error?.code ?? "") ?? true) && (skus?.includes(task.sku) ?? true);
    if (status !== "failed" || !isMeant) continue;
    if (task.status === "draw") wanted.set(task.key, undefined);
    else leftOut[error!.code] = (leftOut[error!.code] ?? 0) + 1;
  }
  const { drawnAgain, after } =
    wanted.size === 0 ? { drawnAgain: 0, after: run } : await again(run, wanted, dependencies);
  const result: z.infer<typeof runRetryResultSchema> = {
    object: "run.retry",
    drawn_again: drawnAgain,
    left_out: leftOut,
    run: presentRun(after),
  };
  return c.json(result);
}

async function again(
  { id, identity: { accountId } }: Run,
  wanted: ReadonlyMap<string, DrawingOverrides | undefined>,
  dependencies: RouteDependencies,
) {
  const turn = await holdRun({ accountId, id }, mayDrawAgain, dependencies);
  const drawnAgain = await drawAgain(turn, wanted, dependencies);
  await wakeRun(turn.run, dependencies);
  return { drawnAgain, after: turn.run };
}
