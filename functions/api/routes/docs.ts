import { Hono } from "hono";
import { NotFoundError } from "../../../shared/errors.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { servedPageNames } from "../served-pages.ts";

/** Of swagger-ui-dist, with their types: nothing else of the package is served. */
const assets: { readonly [name: string]: string } = {
  "swagger-ui.css": "text/css; charset=utf-8",
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
  "favicon-32x32.png": "image/png",
};

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Z-Image API</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
<link rel="stylesheet" href="docs/page.css">
<link rel="icon" type="image/png" href="docs/favicon-32x32.png">
</head>
<body>
<div id="docs"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
`;

const startScript = `SwaggerUIBundle({ url: "openapi.json", dom_id: "#docs", deepLinking: true, persistAuthorization: false, validatorUrl: null });\n`;

/** No operation has links to others; on a phone the room is for what is written in the columns. */
const pageStyle = `.swagger-ui .response-col_links { display: none; }
@media (max-width: 640px) {
  .swagger-ui .wrapper { padding: 0 8px; }
  .swagger-ui .opblock .table-container,
  .swagger-ui .responses-inner { padding: 8px; }
  .swagger-ui table.responses-table tr.response,
  .swagger-ui table.responses-table tr.response > td:not(.response-col_links) { display: block; width: auto; padding: 4px 0 0; }
  .swagger-ui table.responses-table thead { display: none; }
  .swagger-ui .response-col_status { font-weight: bold; }
}
`;

/** Of the pages that are text. */
const textStyle = `body { max-width: 60rem; margin: 0 auto; padding: 1rem; font: 1rem/1.6 system-ui, sans-serif; color: #1f2328; background: #fff; }
nav { margin-bottom: 1rem; }
a { color: #0b57d0; }
code, pre { font: 0.875em/1.5 ui-monospace, monospace; background: #f3f4f6; border-radius: 4px; }
code { padding: 0.1em 0.3em; }
pre { padding: 0.8rem; overflow-x: auto; }
pre code { padding: 0; font-size: inherit; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.9rem; }
th, td { border: 1px solid #d0d7de; padding: 0.4rem 0.6rem; text-align: left; vertical-align: top; }
th { background: #f6f8fa; }
@media (prefers-color-scheme: dark) {
  body { color: #e6edf3; background: #0d1117; }
  a { color: #6cb6ff; }
  code, pre { background: #161b22; }
  th, td { border-color: #30363d; }
  th { background: #161b22; }
}
`;

// Everything comes from here, and no script or style stands in the page itself.
const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const pages: ReadonlySet<string> = new Set(servedPageNames);

/**
 * `/docs`: the OpenAPI document as a page to read and try, without any other host; `/docs/….md`: the pages that callers read, rendered for a
 * browser and as they are for all others.
 */
export function docsRoute({ readDocsAsset }: RouteDependencies): Hono<ApiEnv> {
  return new Hono<ApiEnv>()
    .get("/", (c) => c.html(page, 200, { "Content-Security-Policy": contentSecurityPolicy }))
    .get("/start.js", (c) => c.body(startScript, 200, { "Content-Type": "text/javascript; charset=utf-8" }))
    .get("/page.css", (c) => c.body(pageStyle, 200, { "Content-Type": "text/css; charset=utf-8" }))
    .get("/text.css", (c) => c.body(textStyle, 200, { "Content-Type": "text/css; charset=utf-8" }))
    .get("/:page{(?:clients/)?[^/]+\\.md}", async (c) => {
      const name = c.req.param("page");
      const body = pages.has(name) ? await readDocsAsset(name) : undefined;
      if (body === undefined) throw new NotFoundError("route_not_found", `there is no GET ${c.req.path}`);
      c.header("Vary", "Accept");
      if (!(c.req.header("Accept") ?? "").includes("text/html")) {
        return c.body(body as Uint8Array<ArrayBuffer>, 200, { "Content-Type": "text/markdown; charset=utf-8" });
      }
      const { renderPage } = await import("../render-page.ts");
      const html = renderPage(name, new TextDecoder().decode(body));
      return c.html(html, 200, { "Content-Security-Policy": contentSecurityPolicy });
    })
    .get("/:asset", async (c) => {
      const name = c.req.param("asset");
      const body = Object.hasOwn(assets, name) ? await readDocsAsset(name) : undefined;
      if (body === undefined) throw new NotFoundError("route_not_found", `there is no GET ${c.req.path}`);
      return c.body(body as Uint8Array<ArrayBuffer>, 200, {
        "Content-Type": assets[name]!,
        "Cache-Control": "public, max-age=86400",
      });
    });
}
