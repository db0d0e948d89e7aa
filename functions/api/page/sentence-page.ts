import type { Context } from "hono";
import { html } from "hono/html";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { ApiEnv } from "../dependencies.ts";
import { prefersChinese } from "../problems/problem-zh.ts";

export interface Sentence {
  readonly title: string;
  /** What to do; the link to the documentation follows. */
  readonly text: string;
}

/** A page of two sentences for a person in a browser, where there is no page to show: what is the case, what to do. */
export function sentencePage(
  c: Context<ApiEnv>,
  status: ContentfulStatusCode,
  { en, zh }: { readonly en: Sentence; readonly zh: Sentence },
): Response | Promise<Response> {
  const chinese = prefersChinese(c.req.header("accept-language"));
  const { title, text } = chinese ? zh : en;
  const page = html`<!doctype html>
<html lang="${chinese ? "zh" : "en"}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
</head>
<body>
<h1>${title}</h1>
<p>${text}</p>
<p><a href="/docs">${chinese ? "API 文档" : "API reference"}</a></p>
</body>
</html>
`;
  return c.html(page, status, {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    Vary: "Accept, Accept-Language",
  });
}
