import { readdir } from "node:fs/promises";
import { join } from "node:path";
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
    const others = ["catalogue", "images", "moderation", "pictures", "sdk"].flatMap((page) => [
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

  it("serves the documentation from here alone", async () => {
    const page = await api.app.request("/docs");
    expect(page.headers.get("content-security-policy")).toContain("script-src 'self'");
    const html = await page.text();
    expect(html).not.toMatch(/https?:|<style|<script>/);
    for (const [, path] of html.matchAll(/(?:src|href)="([^"]+)"/g)) {
      expect((await api.app.request(`/${path}`)).status, path).toBe(200);
    }
    expect((await api.app.request("/docs/package.json")).status).toBe(404);
    for (const path of ["/docs/clients/..%2fbilling.md", "/docs/billing.md", "/docs/..%2fREADME.md"]) {
      expect((await api.app.request(path)).status, path).toBe(404);
    }
    expect((await api.app.request("/docs/..%2fpackage.json")).status).toBe(404);
  });
});
