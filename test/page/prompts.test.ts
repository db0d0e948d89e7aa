import { afterAll, expect, inject, it } from "vitest";
import { accessViolations, clippedElements, keepScreenshot, looks } from "./browser/check-page.ts";
import { closeBrowser, openPage } from "./browser/open-page.ts";

afterAll(closeBrowser);

const hostile = `<img src=x onerror="document.title='broken'">`;

it("uses a prompt of the library with its variables filled in", async () => {
  const { page, context, complaints } = await openPage({ path: "/prompts" });
  const card = page.getByRole("list", { name: "Known to work" }).getByRole("button").first();
  await card.click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox").first().fill("guitar");
  await dialog.getByRole("button", { name: "Use in Create" }).click();
  const prompt = page.getByRole("textbox", { name: "Prompt" });
  await expect.poll(() => prompt.inputValue()).toContain("guitar");
  expect(await prompt.inputValue()).not.toContain("{{");
  expect(complaints).toEqual([]);
  await context.close();
});

it("keeps prompts of one's own: from the library, written, changed, used and deleted", async () => {
  const { page, context, complaints } = await openPage({ path: "/prompts" });
  await page.getByRole("list", { name: "Known to work" }).getByRole("button").first().click();
  await page.getByRole("dialog").getByRole("button", { name: "Save as mine" }).click();
  await page.getByRole("tab", { name: "Yours" }).click();
  await page.getByRole("button", { name: "New prompt" }).click();
  await page.getByRole("button", { name: "Save as mine" }).click();
  await page.getByText("Give it a name.").waitFor();
  await page.getByRole("dialog").getByLabel("Name").fill(`mine ${hostile}`);
  await page.getByRole("dialog").getByRole("textbox", { name: "Prompt" }).fill(`a {{thing}} ${hostile}`);
  await page.getByRole("button", { name: "Save as mine" }).click();
  const row = page.getByRole("listitem").filter({ hasText: "mine <img" });
  await row.getByRole("button", { name: /^More/ }).click();
  await page.getByRole("menuitem", { name: "Change" }).click();
  await page.getByRole("dialog").getByRole("textbox", { name: "Prompt" }).fill("a robot");
  await page.getByRole("button", { name: "Save as mine" }).click();
  await row.getByText("a robot").waitFor();
  await row.getByRole("button", { name: /^More/ }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await row.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Use in Create" }).first().click();
  await page.getByRole("textbox", { name: "Prompt" }).waitFor();
  expect(await page.title()).not.toBe("broken");
  expect(complaints).toEqual([]);
  await context.close();
});

it.each(looks)("is whole and accessible at $width px, $theme, $language", async (look) => {
  const { page, context, complaints } = await openPage({ ...look, path: "/prompts" });
  const card = page.getByRole("tabpanel").getByRole("listitem").getByRole("button").first();
  await card.waitFor();
  await page.waitForLoadState("networkidle");
  expect(await accessViolations(page)).toEqual([]);
  expect(await clippedElements(page)).toEqual([]);
  await keepScreenshot(page, `prompts-${look.width}-${look.language}-${look.theme}`);
  await card.click();
  await page.getByRole("dialog").waitFor();
  expect(await accessViolations(page)).toEqual([]);
  await keepScreenshot(page, `prompt-${look.width}-${look.language}-${look.theme}`);
  await page.goto(`${inject("pageUrl")}/prompts/yours`);
  await page.getByRole("tabpanel").getByRole("button").first().waitFor();
  expect(await accessViolations(page)).toEqual([]);
  expect(complaints).toEqual([]);
  await context.close();
});
