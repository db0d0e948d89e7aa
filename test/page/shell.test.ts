import { afterAll, expect, it } from "vitest";
import { accessViolations, clippedElements, keepScreenshot, looks } from "./browser/check-page.ts";
import { closeBrowser, openPage } from "./browser/open-page.ts";

afterAll(closeBrowser);

const views = ["/", "/gallery", "/prompts", "/runs", "/account"];

it.each(looks)("every view is free of faults at $width px, $theme, $language", async (look) => {
  const { page, context, complaints } = await openPage(look);
  for (const path of views) {
    await page.goto(new URL(path, page.url()).href);
    await page.locator("h1").first().waitFor({ state: "attached" });
    expect(await accessViolations(page)).toEqual([]);
    expect(await clippedElements(page)).toEqual([]);
    const name = path.slice(1) || "create";
    await keepScreenshot(page, `shell-${name}-${look.width}-${look.language}-${look.theme}`);
  }
  expect(complaints).toEqual([]);
  await context.close();
});

it("asks for a key, refuses a wrong one, takes the right one, and is then open", async () => {
  const { page, context } = await openPage({ withKey: false });
  const dialog = page.getByRole("dialog", { name: "Open your images" });
  await dialog.waitFor();
  expect(await accessViolations(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await page.mouse.click(5, 5);
  await dialog.getByLabel("API key").fill("wrong-key");
  await page.keyboard.press("Enter");
  await dialog.getByText("This key is unknown, revoked or expired.").waitFor();
  const { inject } = await import("vitest");
  await dialog.getByLabel("API key").fill(inject("apiKey"));
  await dialog.getByRole("button", { name: "Open" }).click();
  await dialog.waitFor({ state: "detached" });
  expect(await page.evaluate(() => localStorage.getItem("zimage.key"))).toBeNull();
  expect(page.url()).not.toContain(inject("apiKey"));
  await context.close();
});

it("changes language and appearance without a reload, and keeps both", async () => {
  const { page, context } = await openPage();
  await page.getByRole("button", { name: "中文" }).click();
  await page.getByRole("link", { name: "图库" }).waitFor();
  expect(await page.evaluate(() => document.documentElement.lang)).toBe("zh-CN");
  await page.getByRole("button", { name: "外观：跟随系统" }).click();
  await page.getByRole("button", { name: "外观：浅色" }).click();
  expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe("dark");
  await page.reload();
  await page.getByRole("button", { name: "外观：深色" }).waitFor();
  await context.close();
});

it("changes both on a phone, in the account", async () => {
  const { page, context } = await openPage({ width: 360, path: "/account" });
  await page.getByRole("main").getByRole("button", { name: "Appearance: System" }).click();
  await page.getByRole("main").getByRole("button", { name: "中文" }).click();
  await page.getByRole("main").getByRole("button", { name: "外观：浅色" }).waitFor();
  expect(await clippedElements(page)).toEqual([]);
  await keepScreenshot(page, "account-phone");
  await context.close();
});

it("goes between views and lists its keys by the keyboard alone", async () => {
  // Not from Create, whose prompt has the focus: keys are off while a text is typed.
  const { page, context } = await openPage({ path: "/prompts" });
  await page.keyboard.press("g");
  await page.keyboard.press("g");
  await expect.poll(() => new URL(page.url()).pathname).toBe("/gallery");
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  expect(await accessViolations(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.keyboard.press("g");
  await page.keyboard.press("c");
  await expect.poll(() => new URL(page.url()).pathname).toBe("/");
  await context.close();
});

it("says that the connection is lost, and when it is back", async () => {
  const { page, context } = await openPage({ path: "/gallery" });
  await context.setOffline(true);
  await page.getByText("No connection. Your text is kept").waitFor({ timeout: 10_000 });
  await context.setOffline(false);
  await page.getByText("No connection. Your text is kept").waitFor({ state: "detached" });
  await context.close();
});

it("opens a view that was asked for without a connection once there is one", async () => {
  const { page, context } = await openPage();
  await page.locator("#prompt").fill("half a thought");
  await context.setOffline(true);
  await page.getByRole("link", { name: "Prompts" }).click();
  await page.getByText("No connection").waitFor();
  await context.setOffline(false);
  const card = page.getByRole("list", { name: "Known to work" }).getByRole("button").first();
  await card.waitFor();
  // With its style sheet.
  expect(await card.evaluate((element) => getComputedStyle(element).display)).toBe("flex");
  await page.getByRole("link", { name: "Create" }).click();
  expect(await page.locator("#prompt").inputValue()).toBe("half a thought");
  await context.close();
});

it("has a page for an address that leads nowhere", async () => {
  const { page, context } = await openPage();
  await page.evaluate(() => {
    history.pushState(null, "", "/nothing/here");
    dispatchEvent(new PopStateEvent("popstate"));
  });
  await page.getByText("There is nothing at this address").waitFor();
  await context.close();
});
