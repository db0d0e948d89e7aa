import { afterAll, expect, inject, it } from "vitest";
import { closeBrowser, openPage } from "./browser/open-page.ts";

afterAll(closeBrowser);

it("has one stream of events for all tabs, which the next one opens when its tab is closed", async () => {
  const streams: string[] = [];
  const prepare = async (context: Awaited<ReturnType<typeof openPage>>["context"]) => {
    context.on("request", (request) => {
      if (request.url().includes("/v1/events")) streams.push(request.url());
    });
  };
  const { page: first, context } = await openPage({ prepare });
  await expect.poll(() => streams.length).toBe(1);
  const second = await context.newPage();
  await second.addInitScript((key) => sessionStorage.setItem("zimage.key", key), inject("apiKey"));
  await second.goto(first.url());
  await second.locator("#prompt").fill("a walrus");
  await second.keyboard.press("Control+Enter");
  for (const page of [second, first]) {
    await page.locator("article").first().getByRole("img", { name: "a walrus" }).waitFor();
  }
  expect(streams).toHaveLength(1);
  await first.close();
  await expect.poll(() => streams.length).toBe(2);
  await second.locator("#prompt").fill("a pelican");
  await second.keyboard.press("Control+Enter");
  await second.locator("article").first().getByRole("img", { name: "a pelican" }).waitFor();
  await context.close();
});
