import { Hono } from "hono";
import { NotFoundError } from "../../../shared/errors.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { requestOrigin } from "../http/request-links.ts";
import { apiStyle, textStyle } from "./docs-styles.ts";
import { servedPageNames } from "./served-pages.ts";

/** Files of swagger-ui-dist and images of the pages that are served, with their types. */
const assets: { readonly [name: string]: string } = {
  "swagger-ui.css": "text/css; charset=utf-8",
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
  "favicon-32x32.png": "image/png",
  "catalogue-walk.webp": "image/webp",
};

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Z-Image API</title>
<meta name="color-scheme" content="light dark">
<script src="docs/theme.js"></script>
<link rel="stylesheet" href="docs/swagger-ui.css">
<link rel="stylesheet" href="docs/page.css">
<link rel="icon" type="image/png" href="docs/favicon-32x32.png">
</head>
<body>
<nav>
<a href="./">Z-Image</a>
<a href="docs/pictures.md">Images</a> <a href="docs/pictures.zh.md" lang="zh">图片</a>
<a href="docs/catalogue.md">Catalogues</a> <a href="docs/catalogue.zh.md" lang="zh">商品图</a>
<a href="docs/sdk.md">SDK</a> <a href="docs/sdk.zh.md" lang="zh">开发包</a>
<a href="docs/clients/README.md">Other clients</a> <a href="docs/clients/README.zh.md" lang="zh">其他客户端</a>
</nav>
<div id="docs"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
`;

const startScript =
  `SwaggerUIBundle({ url: "openapi.json", dom_id: "#docs", deepLinking: true, persistAuthorization: false, ` +
  "validatorUrl: null });\n";

/** Swagger UI is dark under this class: as the reader chose on the page, else as the system is. */
const themeScript = `(() => {
  let chosen = null;
  try { chosen = localStorage.getItem("zimage.theme"); } catch {}
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const isDark = chosen === "dark" || (chosen !== "light" && dark.matches);
    document.documentElement.classList.toggle("dark-mode", isDark);
    document.documentElement.style.colorScheme = isDark ? "dark" : "light";
  };
  dark.addEventListener("change", apply);
  apply();
})();
`;

/** Address in the examples of the pages; readers are given the one that they came by. */
const exampleAddress = "http://127.0.0.1:8787";

// Everything comes from this origin, and the page has no inline script or style.
const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri " +
  "'none'; form-action 'none'; frame-ancestors 'none'";

const pages: ReadonlySet<string> = new Set(servedPageNames);

/**
 * `/docs`: the OpenAPI document as a page to read and try, without any other host; `/docs/….md`: the pages that callers
 * read, rendered for a browser and as they are for all others.
 */
export function docsRoute(dependencies: RouteDependencies): Hono<ApiEnv> {
  const { readDocsAsset } = dependencies;
  return new Hono<ApiEnv>()
    .get("/", (c) =>
      // The page's links are relative to the address without a slash.
      new URL(c.req.url).pathname.endsWith("/")
        ? c.redirect("../docs", 302)
        : c.html(page, 200, { "Content-Security-Policy": contentSecurityPolicy }),
    )
    .get("/start.js", (c) => c.body(startScript, 200, { "Content-Type": "text/javascript; charset=utf-8" }))
    .get("/theme.js", (c) => c.body(themeScript, 200, { "Content-Type": "text/javascript; charset=utf-8" }))
    .get("/page.css", (c) => c.body(apiStyle, 200, { "Content-Type": "text/css; charset=utf-8" }))
    .get("/text.css", (c) => c.body(textStyle, 200, { "Content-Type": "text/css; charset=utf-8" }))
    .get("/:page{(?:clients/)?[^/]+\\.md}", async (c) => {
      const name = c.req.param("page");
      const body = pages.has(name) ? await readDocsAsset(name) : undefined;
      if (body === undefined) throw new NotFoundError("route_not_found", `there is no GET ${c.req.path}`);
      const text = new TextDecoder().decode(body).replaceAll(exampleAddress, requestOrigin(c, dependencies));
      c.header("Vary", "Accept");
      if (!(c.req.header("Accept") ?? "").includes("text/html")) {
        return c.body(text, 200, { "Content-Type": "text/markdown; charset=utf-8" });
      }
      const { renderPage } = await import("./render-page.ts");
      const html = renderPage(name, text);
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
