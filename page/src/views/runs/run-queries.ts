import { ApiError, type Run } from "../../../../sdk/src/index.ts";
import { client } from "../../server/client.ts";
import { polling } from "../../server/polling.ts";
import { queries, useServer } from "../../server/queries.ts";

/** While a file is read, which takes seconds. */
const readingMs = 700;

const keyOf = (id: string) => ["run", id] as const;

/** A run, asked for as often as it changes. */
export function useRun(id: string) {
  const known = queries.getQueryData<Run>(keyOf(id));
  return useServer({ key: keyOf(id), get: (signal) => client.value.runs.get(id, { signal }), everyMs: everyMs(known) });
}

/** What was found in its file; `null` where the file could not be read so far. */
export function useReport(id: string, enabled: boolean) {
  return useServer({
    key: ["run-report", id],
    enabled,
    keepPrevious: true,
    get: (signal) => client.value.runs.report(id, { signal }).catch(nothingIfMissing),
  });
}

/** What was asked of it. */
export function useWishes(id: string) {
  return useServer({ key: ["run-mapping", id], get: (signal) => client.value.runs.mapping(id, { signal }) });
}

/** Takes a run as the server has just told it, and asks again for all that hangs on it. */
export function takeRun(run: Run): void {
  queries.setQueryData(keyOf(run.id), run);
  // While its file is read, there is no report, nor what is made of it.
  const ofReport = run.status === "importing" ? [] : ["run-report", "run-failures", "run-rows", "run-preview"];
  for (const key of ["run-mapping", ...ofReport]) {
    void queries.invalidateQueries({ queryKey: [key, run.id] });
  }
  void queries.invalidateQueries({ queryKey: ["runs"] });
}

/** @param run - absent while it is not known */
export function isReading(run: Run | undefined): boolean {
  return run === undefined || run.status === "importing";
}

function everyMs(run: Run | undefined): number {
  if (run === undefined || run.status === "importing") return readingMs;
  const changes = run.status === "running" || run.status === "canceling" || run.status === "finishing";
  return changes ? polling.runningRun : polling.run;
}

function nothingIfMissing(error: unknown): null {
  if (error instanceof ApiError && error.status === 404) return null;
  throw error;
}
