import type { Page, Route } from "playwright-core";
import { afterAll, describe, expect, inject, it } from "vitest";
import { accessViolations, clippedElements, keepScreenshot } from "./browser/check-page.ts";
import { closeBrowser, openPage } from "./browser/open-page.ts";

afterAll(closeBrowser);

/** Responds to the first `times` submissions with an error, as the server writes it, and lets the others through. */
async function refuse(page: Page, status: number, problem: object, { times = 1, headers = {} } = {}): Promise<void> {
  let left = times;
  await page.route("**/v1/jobs", async (route: Route) => {
    if (route.request().method() !== "POST" || left-- <= 0) return route.continue();
    const whole = {
      type: "t",
      title: "t",
      status,
      instance: "/v1/jobs",
      request_id: "req_test",
      errors: [],
      ...problem,
    };
    await route.fulfill({
      status,
      headers: { "content-type": "application/problem+json", ...headers },
      body: JSON.stringify(whole),
    });
  });
}

async function draw(page: Page, prompt: string): Promise<void> {
  await page.getByRole("textbox", { name: "Prompt" }).fill(prompt);
  await page.getByRole("button", { name: /^Draw/ }).click();
}

describe("a refused drawing", () => {
  it("for want of money says so and keeps the text", async () => {
    const { page, context } = await openPage();
    const detail = "this job needs 0.02 USD and 0.004 USD is available";
    await refuse(page, 402, { code: "insufficient_balance", detail, retryable: false });
    await draw(page, "a robot");
    await page.getByText(detail).waitFor();
    await page.getByRole("link", { name: "Add credit" }).waitFor();
    expect(await page.getByRole("textbox", { name: "Prompt" }).inputValue()).toBe("a robot");
    expect(await accessViolations(page)).toEqual([]);
    expect(await clippedElements(page)).toEqual([]);
    await keepScreenshot(page, "state-402");
    await context.close();
  });

  it("for too many requests counts down and is sent again by itself", async () => {
    const { page, context } = await openPage();
    const problem = { code: "rate_limited", detail: "too many", retryable: true };
    await refuse(page, 429, problem, { headers: { "retry-after": "3" } });
    await draw(page, "a rocket");
    const block = page.locator("article").first();
    await block.getByText("Sent again in 3 s").waitFor();
    await block.getByText("Sent again in 1 s").waitFor();
    await block.getByRole("img", { name: "a rocket" }).waitFor();
    await context.close();
  });

  it("by a fault of the server names the request, and is sent again at a press", async () => {
    const { page, context } = await openPage();
    await refuse(page, 500, { code: "internal_error", detail: "an internal error occurred", retryable: true });
    await draw(page, "a teapot");
    await page.getByText("Report with req_test").waitFor();
    await page.getByRole("button", { name: "Try again" }).click();
    await page.locator("article").first().getByRole("img", { name: "a teapot" }).waitFor();
    await page.getByText("Report with req_test").waitFor({ state: "detached" });
    await context.close();
  });

  it("for a field says it at the field too", async () => {
    const { page, context } = await openPage();
    const message = "steps must be at most 100, got 101";
    const errors = [{ param: "steps", code: "invalid_value", message }];
    await refuse(page, 400, { code: "invalid_value", detail: message, param: "steps", errors, retryable: false });
    await page.getByRole("button", { name: "Settings" }).click();
    await draw(page, "a panda");
    await page.getByRole("tabpanel").getByText(message).waitFor();
    expect(await page.getByLabel("Steps").getAttribute("aria-invalid")).toBe("true");
    await context.close();
  });

  it("because the key no longer works asks for another over the page", async () => {
    const { page, context } = await openPage();
    await refuse(page, 401, { code: "unauthorized", detail: "unknown key", retryable: false });
    await draw(page, "an umbrella");
    const dialog = page.getByRole("dialog", { name: "Open your images" });
    await dialog.getByText("Your key no longer works").waitFor();
    await dialog.getByLabel("API key").fill(inject("apiKey"));
    await dialog.getByRole("button", { name: "Open" }).click();
    await dialog.waitFor({ state: "detached" });
    expect(await page.getByRole("textbox", { name: "Prompt" }).inputValue()).toBe("an umbrella");
    await context.close();
  });
});

it("sends what was pressed while there was no connection, once", async () => {
  const { page, context } = await openPage();
  await page.locator("article").first().waitFor();
  await context.setOffline(true);
  await draw(page, "a backpack");
  await page.getByText("No connection. Your text is kept").waitFor({ timeout: 10_000 });
  await page.locator("article").first().getByText("Sending").waitFor();
  await keepScreenshot(page, "state-offline");
  await context.setOffline(false);
  await page.locator("article").first().getByRole("img", { name: "a backpack" }).waitFor();
  await page.reload();
  await page.locator("article").first().getByRole("img", { name: "a backpack" }).waitFor();
  expect(await page.locator("article").first().getByRole("img", { name: "a backpack" }).count()).toBe(1);
  await context.close();
});

it("keeps a draft for each of two tabs", async () => {
  const { page, context } = await openPage();
  await page.getByRole("textbox", { name: "Prompt" }).fill("in the first");
  const second = await context.newPage();
  await second.goto(inject("pageUrl"));
  await second.evaluate((key) => sessionStorage.setItem("zimage.key", key), inject("apiKey"));
  await second.reload();
  await second.getByRole("textbox", { name: "Prompt" }).fill("in the second");
  await page.reload();
  expect(await page.getByRole("textbox", { name: "Prompt" }).inputValue()).toBe("in the first");
  await context.close();
});

it("is drawn and stopped by the keyboard alone", async () => {
  const { page, context } = await openPage();
  await page.keyboard.press("Escape");
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await page.keyboard.press("/");
  await page.keyboard.type("a hamburger");
  await page.keyboard.press("Control+Enter");
  const block = page.locator("article").first();
  await block.getByRole("img", { name: "a hamburger" }).waitFor();
  for (let presses = 0; presses < 40; presses++) {
    const focused = await page.evaluate(() => document.activeElement?.textContent ?? "");
    if (focused === "Again") break;
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Enter");
  await expect.poll(() => page.locator("article").first().getByRole("img", { name: "a hamburger" }).count()).toBe(2);
  await context.close();
});

it("shows markup in a prompt as text", async () => {
  const { page, context, complaints } = await openPage();
  const hostile = `<img src=x onerror="document.title='owned'"> <script>document.title='owned'</script> {prompt} $& a penguin`;
  await draw(page, hostile);
  const block = page.locator("article").first();
  await block.getByRole("img").first().waitFor();
  expect(await block.locator("h2").textContent()).toBe(hostile);
  expect(await page.title()).not.toBe("owned");
  expect(complaints).toEqual([]);
  await context.close();
});

it("shows a tile at once after the press on Draw, before the server has responded", async () => {
  const { page, context } = await openPage();
  await page.getByRole("textbox", { name: "Prompt" }).fill("a violin");
  const elapsedMs = await page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const pressedAt = performance.now();
        new MutationObserver((_, observer) => {
          if (document.querySelector("article")?.textContent?.includes("a violin") !== true) return;
          observer.disconnect();
          resolve(performance.now() - pressedAt);
        }).observe(document.body, { childList: true, subtree: true });
        document.activeElement?.dispatchEvent(
          new KeyboardEvent("keydown", { key: "Enter", ctrlKey: true, bubbles: true, cancelable: true }),
        );
      }),
  );
  // The goal is 50 ms; a machine that does other things at the time is given four times that.
  expect(elapsedMs).toBeLessThan(200);
  process.stderr.write(`Draw to tile ${elapsedMs.toFixed(1)} ms\n`);
  await context.close();
});

it("paints early and shifts little", async () => {
  const { page, context } = await openPage();
  await page.locator("article").first().waitFor();
  await page.waitForTimeout(500);
  const { paint, shift } = await page.evaluate(async () => {
    const entries = (type: string) =>
      new Promise<PerformanceEntry[]>((resolve) => {
        new PerformanceObserver((list) => resolve(list.getEntries())).observe({ type, buffered: true });
        setTimeout(() => resolve([]), 500);
      });
    const shifts = (await entries("layout-shift")) as (PerformanceEntry & { value: number; hadRecentInput: boolean })[];
    return {
      paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN,
      shift: shifts.reduce((sum, { value, hadRecentInput }) => sum + (hadRecentInput ? 0 : value), 0),
    };
  });
  // A busy machine draws late; what the page itself adds is seen in the shift and in its bytes.
  expect(paint).toBeLessThan(2_000);
  expect(shift).toBeLessThanOrEqual(0.02);
  process.stderr.write(`first paint ${Math.round(paint)} ms, layout shift ${shift.toFixed(3)}\n`);
  await context.close();
});

it("shows in one tab what is drawn in another", async () => {
  const { page, context } = await openPage();
  await page.locator("article").first().waitFor();
  const second = await context.newPage();
  await second.addInitScript((key) => sessionStorage.setItem("zimage.key", key), inject("apiKey"));
  await second.goto(inject("pageUrl"));
  await draw(second, "a sailboat");
  await page.locator("article").first().getByRole("img", { name: "a sailboat" }).waitFor();
  await context.close();
});

it("asks for its jobs where the stream of events is held back", async () => {
  const { page, context } = await openPage();
  await page.route("**/v1/events*", (route) => route.abort());
  await page.reload();
  await draw(page, "a cactus");
  await page.locator("article").first().getByRole("img", { name: "a cactus" }).waitFor();
  await context.close();
});
