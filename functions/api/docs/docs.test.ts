import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { catalogModel } from "../../../shared/model-catalog/model-catalog.ts";
import { type ApiUnderTest, openApi } from "../../../test/support/api/api-under-test.ts";
import { servedPageNames } from "./served-pages.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

describe("documentation", () => {
  it("leads a browser to the documentation", async () => {
    const response = await api.app.request("/");
    expect([response.status, response.headers.get("location")]).toEqual([302, "docs"]);
  });

  it("lists the pages that callers read in llms.txt, every one about clients among them, and serves them", async () => {
    const text = await (await api.app.request("/llms.txt")).text();
    const names = [...text.matchAll(/http:\/\/localhost(\/docs\/[\w./]+\.md)/g)].map(([, path = ""]) => path);
    const folder = await readdir(join(import.meta.dirname, "../../../docs/clients"));
    const others = ["catalogue", "images", "moderation", "pictures", "prompts", "sdk"].flatMap((page) => [
      `${page}.md`,
      `${page}.zh.md`,
    ]);
    expect(names.sort()).toEqual(
      [...others, ...folder.map((name) => `clients/${name}`)].map((name) => `/docs/${name}`).sort(),
    );
    for (const name of names) {
      const page = await api.app.request(name);
      expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/markdown; charset=utf-8"]);
      expect(await page.text()).toMatch(/^# /);
    }
  });

  it("has examples that draw at the served model's own size and steps", async () => {
    const text = async (path: string) => (await api.app.request(path)).text();
    const document = JSON.parse(await text("/openapi.json")) as {
      components: { schemas: Record<string, { examples?: unknown }> };
    };
    const examples = ["JobRequest", "QuoteRequest", "OpenAIImageRequest"].map(
      (name) => [name, JSON.stringify(document.components.schemas[name]!.examples)] as const,
    );
    const pages = await Promise.all(
      servedPageNames
        .filter((name) => name.startsWith("clients/"))
        .map(
          async (name) => [name, (await text(`/docs/${name}`)).match(/^```[\s\S]*?^```/gm)?.join("\n") ?? ""] as const,
        ),
    );
    for (const [name, example] of [...examples, ...pages]) {
      expect(example, name).toBeTypeOf("string");
      expect(example, name).not.toMatch(/\b\d{3,4}[x*×]\d{3,4}\b|(width|height|steps)"?: ?(?!128\b)\d/);
    }
    expect(await text("/llms.txt")).toContain('"size": "1024x1024"');
    const small = await openApi({
      models: [catalogModel({ id: "zimage-tiny", family: "turbo", random: false, defaultSide: 128 })],
    });
    const llms = await (await small.app.request("/llms.txt")).text();
    expect(llms).toContain('"size": "128x128"');
    expect(llms).not.toMatch(/1024|768/);
    await small.close();
  });

  it("renders those pages for a browser, with links that lead somewhere", async () => {
    for (const name of servedPageNames) {
      const response = await api.app.request(`/docs/${name}`, { headers: { Accept: "text/html,*/*;q=0.8" } });
      expect([response.status, response.headers.get("vary")], name).toEqual([200, "Accept"]);
      const html = await response.text();
      expect(html, name).toMatch(/<h1 id="[^"]+">/);
      expect(html, name).not.toMatch(/<script|<style|style="/);
      for (const [, href = ""] of html.matchAll(/(?:src|href)="(?!https?:)([^"]+)"/g)) {
        const { pathname, hash } = new URL(href, `http://docs/docs/${name}`);
        const target = await api.app.request(pathname, { headers: { Accept: "text/html" } });
        expect(target.status, `${href} of ${name}`).toBe(200);
        if (hash !== "")
          expect(await target.text(), `${href} of ${name}`).toContain(`id="${decodeURIComponent(hash).slice(1)}"`);
      }
    }
  });

  it("gives the address that it was asked at in its examples, to readers and to programs", async () => {
    for (const headers of [{}, { Accept: "text/html" }]) {
      const page = await (await api.app.request("http://studio.lan:9000/docs/clients/openai.md", { headers })).text();
      expect(page).toContain("http://studio.lan:9000/v1");
      expect(page).not.toContain("127.0.0.1");
    }
  });

  it("leads to the page and to the pages of text, in both languages, which lead to each other", async () => {
    const links = [...(await (await api.app.request("/docs")).text()).matchAll(/<a href="([^"]+)"/g)].map(
      ([, to]) => to,
    );
    expect(links).toEqual(
      expect.arrayContaining(["./", "docs/pictures.md", "docs/sdk.zh.md", "docs/clients/README.md"]),
    );
    for (const link of links) expect((await api.app.request(`/${link}`)).status, link).toBeLessThan(400);
    const twin = async (name: string) =>
      (await (await api.app.request(`/docs/${name}`, { headers: { Accept: "text/html" } })).text()).match(
        /<nav>.*<\/nav>/,
      )?.[0];
    expect(await twin("clients/openai.md")).toContain('<a href="openai.zh.md">中文</a>');
    expect(await twin("sdk.zh.md")).toContain('<a href="sdk.md">English</a>');
  });

  it("is dark where the reader chose that on the page, or the system is", async () => {
    const script = await (await api.app.request("/docs/theme.js")).text();
    const isDark = (chosen: string | null, system: boolean) => {
      const classes = new Set<string>();
      const classList = { toggle: (name: string, on: boolean) => (on ? classes.add(name) : classes.delete(name)) };
      runInNewContext(script, {
        localStorage: { getItem: () => chosen },
        matchMedia: () => ({ matches: system, addEventListener: () => {} }),
        document: { documentElement: { classList, style: {} } },
      });
      return classes.has("dark-mode");
    };
    expect([isDark(null, true), isDark(null, false)]).toEqual([true, false]);
    expect([isDark("light", true), isDark("dark", false)]).toEqual([false, true]);
    // The class that the installed Swagger UI has its dark colours under.
    expect(await (await api.app.request("/docs/swagger-ui.css")).text()).toContain("html.dark-mode .swagger-ui{");
  });

  it("serves the documentation from here alone", async () => {
    const page = await api.app.request("/docs");
    expect(page.headers.get("content-security-policy")).toContain("script-src 'self'");
    const html = await page.text();
    expect(html).not.toMatch(/https?:|<style|<script>/);
    for (const [, path] of html.matchAll(/(?:src|href)="([^"]+)"/g)) {
      // The page, which a program is led away from.
      if (path !== "./") expect((await api.app.request(`/${path}`)).status, path).toBe(200);
    }
    expect((await api.app.request("/docs/package.json")).status).toBe(404);
    for (const path of ["/docs/clients/..%2fbilling.md", "/docs/billing.md", "/docs/..%2fREADME.md"]) {
      expect((await api.app.request(path)).status, path).toBe(404);
    }
    expect((await api.app.request("/docs/..%2fpackage.json")).status).toBe(404);
  });
});
