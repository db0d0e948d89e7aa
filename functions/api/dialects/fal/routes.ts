import { type Context, Hono } from "hono";
import { NotFoundError } from "../../../../shared/errors.ts";
import type { ApiEnv, RouteDependencies } from "../../dependencies.ts";
import { bodyLimit } from "../../http/body-limit.ts";
import { ApiError } from "../../problems/api-error.ts";
import { queueRequest, type RequestPath, requestPath, respondToRequest, runRequest } from "./requests.ts";
import { directTarget, type FalTarget, proxiedTarget } from "./target.ts";
import { initiateUpload, storeUpload } from "./uploads.ts";

const initiatePath = "/storage/upload/initiate";

/** fal's three hosts, behind one proxy address or under `/fal/run`, `/fal/queue` and `/fal/rest`. */
export function falRoutes(dependencies: RouteDependencies): Hono<ApiEnv> {
  const write = dependencies.authenticate("jobs:write");
  return new Hono<ApiEnv>()
    .on(["GET", "POST", "PUT"], "/fal/proxy", write, bodyLimit(), (c) =>
      dispatch(c, proxiedTarget(c.req.header("x-fal-target-url")), dependencies),
    )
    .on(["GET", "POST", "PUT"], ["/fal/run/*", "/fal/queue/*", "/fal/rest/*"], write, bodyLimit(), (c) =>
      dispatch(c, directTarget(new URL(c.req.url)), dependencies),
    )
    .put("/fal/upload/:key{.+}", bodyLimit(), (c) => storeUpload(c, c.req.param("key"), dependencies));
}

async function dispatch(c: Context<ApiEnv>, target: FalTarget, dependencies: RouteDependencies): Promise<Response> {
  const { host, path, query } = target;
  const isPost = c.req.method === "POST";
  const request = host === "queue" ? requestPath(path) : undefined;
  if (request !== undefined) {
    const response = await respondToRequest(c, request, query, dependencies);
    if (response !== undefined) return response;
  } else if (isPost && host === "run") return runRequest(c, path, query, dependencies);
  else if (isPost && host === "queue") return queueRequest(c, path, query, dependencies);
  else if (isPost && path === initiatePath) return initiateUpload(c, dependencies);
  const message = `there is no ${c.req.method} ${path.slice(0, 100)} on fal's ${host} address`;
  const allow = methodOf(host, path, request);
  if (allow !== undefined && allow !== c.req.method) {
    throw new ApiError(405, "method_not_allowed", `${message}; its method is ${allow}`, { headers: { allow } });
  }
  throw new NotFoundError("route_not_found", message);
}

/** The one method of a path; `undefined` for a path that does not exist. */
function methodOf(host: FalTarget["host"], path: string, request: RequestPath | undefined): string | undefined {
  if (request !== undefined) return request.action === "/cancel" ? "PUT" : "GET";
  return host === "rest" && path !== initiatePath ? undefined : "POST";
}
