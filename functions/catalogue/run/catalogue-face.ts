import { PipelineError } from "../../../shared/errors.ts";
import type { Json } from "../../../shared/ports/items.ts";
import { InvalidRequestError } from "../../../shared/request/field-errors.ts";
import { errorStatus } from "../../api/problems/error-status.ts";
import type { Run, RunRow } from "../../runs/run.ts";
import type { Refusal, RunFace } from "../../runs/run-face.ts";
import { repeatedError, watchedOutcomes } from "./breaker.ts";
import { changed } from "./catalogue-state.ts";
import { finishCatalogue } from "./finish-catalogue.ts";
import { keepImages } from "./keep-images.ts";
import { submitTask } from "./submit-task.ts";

/** Catalogue runs: a table of products in, images of each of them out. */
export const catalogueFace: RunFace = {
  // Readers of files and templates are loaded when there is a file to read.
  import: async (turn, dependencies) => (await import("./import-catalogue.ts")).importCatalogue(turn, dependencies),
  submit: submitTask,
  refusal: taskRefusal,
  failure: ({ status, error }) => ({
    status: 500,
    body: { code: error?.code ?? status, message: error?.message ?? `the job was ${status}` },
  }),
  halt,
  keep: keepImages,
  count,
  finish: finishCatalogue,
};

function taskRefusal(error: unknown): Refusal {
  const status = errorStatus(error);
  if (error instanceof InvalidRequestError) {
    const { code, message, param } = error.errors[0]!;
    return { status, body: { code, message, param } };
  }
  if (!(error instanceof PipelineError)) return { status, body: { code: "internal_error", message: "internal error" } };
  return { status, body: { code: error.code, message: error.message } };
}

function halt({ catalogue }: Run): ReturnType<NonNullable<RunFace["halt"]>> {
  const code = repeatedError(catalogue!.outcomes, catalogue!.settled);
  if (code === undefined) return undefined;
  return {
    code: `breaker:${code}`,
    message: `many of the latest images ended with ${code}: look at the reason, then resume the run or cancel it`,
  };
}

/** @param rows - that are over now */
function count(run: Run, rows: readonly RunRow[]): Partial<Run> {
  const { cost, outcomes, settled } = run.catalogue!;
  const charged = rows.reduce((sum, row) => sum + (row.charged ?? 0), cost.charged);
  const codes = rows.map(({ refused }) => (refused === undefined ? "" : codeOf(refused.body)));
  return changed(run, {
    cost: { ...cost, charged },
    outcomes: [...outcomes, ...codes].slice(-watchedOutcomes),
    settled: settled + rows.length,
  });
}

function codeOf(body: Json): string {
  return typeof body === "object" && body !== null && "code" in body ? String(body.code) : "unknown";
}
