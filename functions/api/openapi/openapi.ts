import { Hono } from "hono";
import { openOnce } from "../../../shared/ports/open-later.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { requestOrigin } from "../http/request-links.ts";

/** `GET /openapi.json`, made from the schemas that validate. */
export function openapiRoute(dependencies: RouteDependencies): Hono<ApiEnv> {
  // Built on first request: it is rarely requested, and building it at start would delay every process.
  const openDocument = openOnce(async () => (await import("./openapi-document.ts")).openapiDocument("/"));
  return new Hono<ApiEnv>().get("/", async (c) =>
    c.json({ ...(await openDocument()), servers: [{ url: requestOrigin(c, dependencies) }] }),
  );
}
