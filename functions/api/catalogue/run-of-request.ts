import type { Context, Handler } from "hono";
import type { Run } from "../../runs/run.ts";
import { readRun } from "../../runs/run-store.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";

type Respond = (c: Context<ApiEnv>, run: Run, dependencies: RouteDependencies) => Response | Promise<Response>;

/** The run that a path names. @throws NotFoundError `run_not_found` */
export function runOfRequest(c: Context<ApiEnv>, dependencies: RouteDependencies): Promise<Run> {
  return runOfAccount(c.get("identity").accountId, c.req.param("id")!, dependencies);
}

/** @throws NotFoundError `run_not_found` */
export async function runOfAccount(accountId: string, id: string, { items }: RouteDependencies): Promise<Run> {
  return (await readRun(items, accountId, id, "catalogue")).run;
}

/** A handler that is loaded when it is needed: much to read at every start of a function. */
export function loadedHandler(dependencies: RouteDependencies, load: () => Promise<Respond>): Handler<ApiEnv> {
  return async (c) => {
    const run = await runOfRequest(c, dependencies);
    return (await load())(c, run, dependencies);
  };
}
