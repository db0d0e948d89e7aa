import { Hono } from "hono";
import { openOnce } from "../../../shared/ports/open-later.ts";
import { ownTurn } from "../../../shared/process/own-turn.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { requestOrigin } from "../http/request-links.ts";

/** `GET /openapi.json`, made from the schemas that validate. */
export function openapiRoute(dependencies: RouteDependencies): Hono<ApiEnv> {
  // Built on first request: it is rarely requested, and building it at start would delay every process. 260 KB
  // of text is written once: 200 requests at once would hold the event loop for 430 ms. Loading, building and writing
  // take some 40 ms each in a new process.
  const openText = openOnce(async () => {
    const { openapiDocument } = await import("./openapi-document.ts");
    await ownTurn();
    const { openapi, servers: _servers, ...document } = openapiDocument("/");
    await ownTurn();
    return { openapi, rest: Buffer.from(JSON.stringify(document).slice(1)) };
  });
  return new Hono<ApiEnv>().get("/", async (c) => {
    const { openapi, rest } = await openText();
    const own = JSON.stringify({ openapi, servers: [{ url: requestOrigin(c, dependencies) }] });
    const body = Buffer.concat([Buffer.from(`${own.slice(0, -1)},`), rest]);
    return c.body(body, 200, { "Content-Type": "application/json" });
  });
}
