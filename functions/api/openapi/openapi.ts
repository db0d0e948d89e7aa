import { Hono } from "hono";
import { openOnce } from "../../../shared/ports/open-later.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { requestOrigin } from "../http/request-links.ts";

/** `GET /openapi.json`, made from the schemas that validate. */
export function openapiRoute(dependencies: RouteDependencies): Hono<ApiEnv> {
  // Loaded and made when it is first asked for: few ask, and every process would start later for it.
  const openDocument = openOnce(async () => (await import("./openapi-document.ts")).openapiDocument("/"));
  return new Hono<ApiEnv>().get("/", async (c) =>
    c.json({ ...(await openDocument()), servers: [{ url: requestOrigin(c, dependencies) }] }),
  );
}
