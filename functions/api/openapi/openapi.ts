import { Hono } from "hono";
import { openOnce } from "../../../shared/ports/open-later.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { requestOrigin } from "../http/request-links.ts";

/** `GET /openapi.json`, made from the schemas that validate. */
export function openapiRoute(dependencies: RouteDependencies): Hono<ApiEnv> {
  // Built on first request: it is rarely requested, and building it at start would delay every process. 260 KB
  // of text is written once: 200 requests at once would hold the event loop for 430 ms.
  const openText = openOnce(async () => {
    const { openapiDocument } = await import("./openapi-document.ts");
    const { openapi, servers: _servers, ...document } = openapiDocument("/");
    return { openapi, rest: Buffer.from(JSON.stringify(document).slice(1)) };
  });
  return new Hono<ApiEnv>().get("/", async (c) => {
    const { openapi, rest } = await openText();
    const own = JSON.stringify({ openapi, servers: [{ url: requestOrigin(c, dependencies) }] });
    const body = Buffer.concat([Buffer.from(`${own.slice(0, -1)},`), rest]);
    return c.body(body, 200, { "Content-Type": "application/json" });
  });
}
