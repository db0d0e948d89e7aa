import { Hono } from "hono";
import { NotFoundError } from "../../../shared/errors.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { apiStyle, textStyle } from "./docs-styles.ts";
import { servedPageNames } from "./served-pages.ts";

/** Files of swagger-ui-dist that are served, with their types. */
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

const startScript =
  `SwaggerUIBundle({ url: "openapi.json", dom_id: "#docs", deepLinking: true, persistAuthorization: false, ` +
  "validatorUrl: null });\n";

// Everything comes from this origin, and the page has no inline script or style.
const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri " +
  "'none'; form-action 'none'; frame-ancestors 'none'";

const pages: ReadonlySet<string> = new Set(servedPageNames);

/**
 * `/docs`: the OpenAPI document as a page to read and try, without any other host; `/docs/….md`: the pages that callers
 * read, rendered for a browser and as they are for all others.
 */
export function docsRoute({ readDocsAsset }: RouteDependencies): Hono<ApiEnv> {
  return new Hono<ApiEnv>()
    .get("/", (c) =>
      // The page's links are relative to the address without a slash.
      new URL(c.req.url).pathname.endsWith("/")
        ? c.redirect("../docs", 302)
        : c.html(page, 200, { "Content-Security-Policy": contentSecurityPolicy }),
    )
    .get("/start.js", (c) => c.body(startScript, 200, { "Content-Type": "text/javascript; charset=utf-8" }))
    .get("/page.css", (c) => c.body(apiStyle, 200, { "Content-Type": "text/css; charset=utf-8" }))
    .get("/text.css", (c) => c.body(textStyle, 200, { "Content-Type": "text/css; charset=utf-8" }))
    .get("/:page{(?:clients/)?[^/]+\\.md}", async (c) => {
      const name = c.req.param("page");
      const body = pages.has(name) ? await readDocsAsset(name) : undefined;
      if (body === undefined) throw new NotFoundError("route_not_found", `there is no GET ${c.req.path}`);
      c.header("Vary", "Accept");
      if (!(c.req.header("Accept") ?? "").includes("text/html")) {
        return c.body(body as Uint8Array<ArrayBuffer>, 200, { "Content-Type": "text/markdown; charset=utf-8" });
      }
      const { renderPage } = await import("./render-page.ts");
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
