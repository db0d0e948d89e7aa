import { type Context, Hono } from "hono";
import { NotFoundError } from "../../../shared/errors.ts";
import type { Objects } from "../../../shared/ports/objects.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { type EncodedFile, encodedFile } from "./page-files.ts";

/**
 * Addresses that the page itself tells apart: each is answered with the same document, and its script reads the rest.
 */
const pageRoutes = ["/create", "/gallery", "/images", "/prompts", "/runs", "/account", "/operate"];

/** Longest that a browser keeps a file whose name changes with its content, in seconds: a year. */
const immutableS = 31_536_000;

/**
 * The page that a person sees. Programs, which do not ask for `text/html`, are answered at these addresses as if there
 * were no page: `/` leads them to the documentation.
 */
export function pageRoute(dependencies: RouteDependencies): Hono<ApiEnv> {
  const { readPageFile, objects, localPage } = dependencies;
  const policy = contentSecurityPolicy(objects);
  const find = (c: Context<ApiEnv>, name: string) => encodedFile(readPageFile, name, c.req.header("accept-encoding"));

  const document = async (c: Context<ApiEnv>): Promise<Response> => {
    const refusal = localPage?.refuse(c);
    if (refusal !== undefined) return refusal;
    const file = await find(c, "index.html");
    if (file === undefined) return (await import("./sentence-page.ts")).sentencePage(c, 503, notBuilt);
    return send(c, file, {
      "Cache-Control": "no-cache",
      "Content-Security-Policy": await policy(),
      "Referrer-Policy": "no-referrer",
      Vary: "Accept, Accept-Encoding",
    });
  };

  const routes = new Hono<ApiEnv>()
    .get("/", async (c) => (wantsPage(c) ? document(c) : c.redirect("docs", 302)))
    .get("/assets/:name{[\\w-][\\w.-]*}", async (c) => {
      const file = await find(c, `assets/${c.req.param("name")}`);
      if (file === undefined) throw noRoute(c);
      return send(c, file, {
        "Cache-Control": `public, max-age=${immutableS}, immutable`,
        Vary: "Accept-Encoding",
      });
    })
    // What a build copies beside the document, under names that do not change.
    .get("/:name{[\\w-]+\\.(?:css|ico|js|png|svg|webmanifest)}", async (c) => {
      const file = await find(c, c.req.param("name"));
      if (file === undefined) throw noRoute(c);
      return send(c, file, { "Cache-Control": "no-cache", Vary: "Accept-Encoding" });
    });
  for (const path of pageRoutes) {
    routes.get(`${path}/*`, (c) => {
      if (wantsPage(c)) return document(c);
      throw noRoute(c);
    });
  }
  return routes;
}

function send(c: Context<ApiEnv>, { body, type, encoding }: EncodedFile, headers: { [name: string]: string }) {
  return c.body(body as Uint8Array<ArrayBuffer>, 200, {
    ...headers,
    "Content-Type": type,
    ...(encoding && { "Content-Encoding": encoding }),
  });
}

/** Browsers name `text/html` when a person opens an address, and no program does. */
function wantsPage(c: Context<ApiEnv>): boolean {
  return (c.req.header("accept") ?? "").includes("text/html");
}

function noRoute(c: Context<ApiEnv>): NotFoundError {
  return new NotFoundError("route_not_found", `there is no GET ${c.req.path.slice(0, 100)} here; see /openapi.json`);
}

const notBuilt = {
  en: {
    title: "The page is not built.",
    text: "Run npm run build:page and reload. The API works without it.",
  },
  zh: { title: "页面尚未构建。", text: "请运行 npm run build:page，然后刷新。API 不依赖页面，可直接使用。" },
};

/**
 * No inline script, style or font, and nothing from another host but the store's own links, which result links lead to
 * on AWS.
 */
function contentSecurityPolicy(objects: Pick<Objects, "presign">): () => Promise<string> {
  let made: Promise<string> | undefined;
  const make = async () => {
    const link = await objects.presign("in/page", { expiresInS: 60 });
    const store = link !== undefined && URL.canParse(link) ? ` ${new URL(link).origin}` : "";
    return [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      `img-src 'self' blob:${store}`,
      `connect-src 'self'${store}`,
      "font-src 'none'",
      "form-action 'none'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join("; ");
  };
  return () => {
    made ??= make();
    // A store that cannot make a link now may later.
    made.catch(() => (made = undefined));
    return made;
  };
}
