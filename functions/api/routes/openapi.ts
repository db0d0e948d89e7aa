import { Hono } from "hono";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { openapiDocument } from "../openapi-document.ts";
import { requestOrigin } from "../request-links.ts";

/** `GET /openapi.json`, made from the schemas that validate. */
export function openapiRoute(dependencies: RouteDependencies): Hono<ApiEnv> {
  // Made when it is first asked for: few ask, and every process would start later for it.
  let document: ReturnType<typeof openapiDocument> | undefined;
  return new Hono<ApiEnv>().get("/", (c) => {
    document ??= openapiDocument("/");
    return c.json({ ...document, servers: [{ url: requestOrigin(c, dependencies) }] });
  });
}
