import type { Context } from "hono";
import type * as z from "zod";
import { ConflictError } from "../../../shared/errors.ts";
import { ItemsConditionFailed } from "../../../shared/ports/items.ts";
import { deleteRun, forgetRunKey } from "../../catalogue/run/forget-run-key.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import type { deletedRunKeySchema, deletedRunSchema } from "./run-responses.ts";

/** `DELETE /v1/runs/{id}`: the run, its table and its files; what it drew stays under its run key. */
export async function removeRun(c: Context<ApiEnv>, id: string, dependencies: RouteDependencies) {
  await deleteRun({ accountId: c.get("identity").accountId, id }, dependencies).catch(changedMeanwhile(id));
  const result: z.infer<typeof deletedRunSchema> = { id, object: "run", deleted: true };
  return c.json(result);
}

/** `DELETE /v1/run-keys/{key}`: all that was drawn under a key, its public addresses and its runs. */
export async function removeRunKey(c: Context<ApiEnv>, runKey: string, dependencies: RouteDependencies) {
  const owner = { accountId: c.get("identity").accountId, runKey };
  const deleted = await forgetRunKey(owner, dependencies).catch(changedMeanwhile(runKey));
  const result: z.infer<typeof deletedRunKeySchema> = { key: runKey, object: "run_key", deleted };
  return c.json(result);
}

function changedMeanwhile(what: string) {
  return (error: unknown): never => {
    if (!(error instanceof ItemsConditionFailed)) throw error;
    throw new ConflictError("run_state", `${what} was changed at the same moment; try again`);
  };
}
