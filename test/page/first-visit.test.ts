import type { BrowserContext } from "playwright-core";
import { afterAll, expect, inject, it } from "vitest";
import { ZImageClient } from "../../sdk/src/index.ts";
import { accessViolations, clippedElements, keepScreenshot, looks } from "./browser/check-page.ts";
import { closeBrowser, openPage } from "./browser/open-page.ts";

afterAll(closeBrowser);

interface ListedJob {
  readonly metadata: { readonly [name: string]: string };
}

/** Changes what the server lists of jobs. @param page - 0 for the first, 1 for those after it */
function changeJobs(change: (jobs: readonly ListedJob[], page: number) => object) {
  return (context: BrowserContext) =>
    context.route(/\/v1\/jobs\?/, async (route) => {
      const url = new URL(route.request().url());
      const page = url.searchParams.has("cursor") ? 1 : 0;
      url.searchParams.delete("cursor");
      const response = await route.fetch({ url: url.href });
      const { data } = (await response.json()) as { readonly data: readonly ListedJob[] };
      await route.fulfill({ response, json: change(data, page) });
    });
}

const nothing = changeJobs(() => ({ data: [], next_cursor: null }));

it.each(looks)("begins with prompts and images of the model at $width px, $theme, $language", async (look) => {
  const { page, context, complaints } = await openPage({ ...look, prepare: nothing });
  const zh = look.language === "zh";
  await page.getByRole("heading", { name: zh ? "想画点什么？" : "What shall we draw?" }).waitFor();
  const images = page.locator("section li img");
  await expect.poll(() => images.count()).toBe(12);
  await expect
    .poll(() => images.evaluateAll((all) => all.every((image) => (image as HTMLImageElement).naturalWidth > 0)))
    .toBe(true);
  expect(await accessViolations(page)).toEqual([]);
  expect(await clippedElements(page)).toEqual([]);
  await keepScreenshot(page, `first-${look.width}-${look.language}-${look.theme}`);
  const words = (await images.nth(1).getAttribute("alt")) ?? "";
  await images.nth(1).click();
  expect(words).not.toBe("");
  expect(await page.locator("#prompt").inputValue()).toBe(words);
  await page
    .getByRole("button", { name: zh ? "熊猫" : "a panda" })
    .first()
    .click();
  expect(await page.locator("#prompt").inputValue()).toBe(zh ? "熊猫" : "a panda");
  expect(complaints).toEqual([]);
  await context.close();
});

it("leaves the jobs of runs to their runs, and passes over them to those drawn here", async () => {
  const asked: number[] = [];
  const prepare = changeJobs((jobs, page) => {
    asked.push(page);
    const [job] = jobs;
    const prompt = page === 0 ? "of a run" : "drawn here";
    const metadata = page === 0 ? { run_id: "run_1" } : {};
    return {
      data: [{ ...job, metadata, params: { ...params(job), prompt } }],
      next_cursor: page === 0 ? "next" : null,
    };
  });
  // There must be one to show.
  const client = new ZImageClient({ baseUrl: inject("pageUrl"), apiKey: inject("apiKey") });
  const rocket = await client.jobs.create({ prompt: "a rocket", size: "64x64", steps: 1 });
  // While it is drawn, the page asks for it by its id, and shows what it says itself.
  expect((await rocket.wait({ timeoutMs: 60_000 })).status).toBe("succeeded");
  const { page, context } = await openPage({ prepare });
  await page.locator("article").getByText("drawn here").first().waitFor();
  expect(await page.getByText("of a run").count()).toBe(0);
  expect(asked.slice(0, 2)).toEqual([0, 1]);
  await context.close();
});

const params = (job: unknown) => (job as { readonly params: object } | undefined)?.params;

it("draws what was asked for before the models had come", async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const prepare = (context: BrowserContext) =>
    context.route(/\/v1\/models$/, async (route) => {
      await held;
      await route.continue();
    });
  const { page, context } = await openPage({ prepare });
  await page.locator("#prompt").fill("a snail");
  await page.keyboard.press("Control+Enter");
  release();
  await page.locator("article").first().getByRole("img", { name: "a snail" }).waitFor();
  await context.close();
});

it("marks the runs in the rail while one draws", async () => {
  const prepare = (context: BrowserContext) =>
    context.route(/\/v1\/runs\?/, (route) =>
      route.fulfill({ json: { object: "list", data: [{ id: "run_1", status: "running" }], has_more: false } }),
    );
  const { page, context } = await openPage({ prepare });
  await page.getByRole("link", { name: "Runs A run is drawing" }).waitFor();
  expect(await accessViolations(page)).toEqual([]);
  await context.close();
});
