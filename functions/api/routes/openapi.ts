import { Hono } from "hono";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { openapiDocument } from "../openapi-document.ts";
import { requestOrigin } from "../request-links.ts";

/** `GET /openapi.json`, made from the schemas that validate. */
export function openapiRoute(dependencies: RouteDependencies): Hono<ApiEnv> {
  const document = openapiDocument("/");
  return new Hono<ApiEnv>().get("/", (c) =>
    c.json({ ...document, servers: [{ url: requestOrigin(c, dependencies) }] }),
  );
}
