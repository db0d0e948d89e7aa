import { afterAll, describe, expect, inject, it } from "vitest";
import { accessViolations, clippedElements, keepScreenshot, looks } from "./browser/check-page.ts";
import { closeBrowser, openPage } from "./browser/open-page.ts";

afterAll(closeBrowser);

const texts = {
  en: { prompt: "Prompt", draw: /^Draw/, penguin: "a penguin", image: "a penguin", settings: "Settings", code: "Code" },
  zh: { prompt: "提示词", draw: /^生成/, penguin: "企鹅", image: "企鹅", settings: "参数", code: "代码" },
} as const;

it.each(looks)("takes a prompt to an image at $width px, $theme, $language", async (look) => {
  const { page, context, complaints } = await openPage(look);
  const text = texts[look.language];
  const name = (part: string) => `create-${part}-${look.width}-${look.language}-${look.theme}`;
  await page.getByRole("textbox", { name: text.prompt }).fill(text.penguin);
  await page.getByRole("button", { name: text.draw }).click();
  const image = page.locator("article").first().getByRole("img", { name: text.image });
  await image.first().waitFor();
  await expect.poll(() => image.first().evaluate((element: HTMLImageElement) => element.naturalWidth)).toBe(128);
  await page.mouse.move(0, 0);
  expect(await clippedElements(page)).toEqual([]);
  expect(await accessViolations(page)).toEqual([]);
  await keepScreenshot(page, name("feed"));
  await page.getByRole("button", { name: text.settings, exact: true }).click();
  for (const panel of [text.settings, text.code]) {
    await page.getByRole("tab", { name: panel }).click();
    await page.getByRole("tab", { name: panel, selected: true }).waitFor();
    // The part on show is loaded when it is first opened.
    await page.getByRole("tabpanel").locator("h3, label").first().waitFor();
    expect(await clippedElements(page)).toEqual([]);
    expect(await accessViolations(page)).toEqual([]);
    await keepScreenshot(page, name(panel === text.code ? "code" : "settings"));
  }
  expect(complaints).toEqual([]);
  await context.close();
});

describe("before it is drawn", () => {
  it("says that the model does not know a thing, and offers the nearest", async () => {
    const { page, context } = await openPage();
    await page.getByRole("textbox", { name: "Prompt" }).fill("an orange cat on a windowsill");
    await page.getByText("zimage-tiny does not know this. It draws 400 single things").waitFor();
    expect(await accessViolations(page)).toEqual([]);
    await keepScreenshot(page, "create-unknown");
    await page.getByRole("textbox", { name: "Prompt" }).fill("a red apple");
    await page.getByText("zimage-tiny does not know this").waitFor({ state: "detached" });
    await context.close();
  });

  it("asks for a prompt when there is none", async () => {
    const { page, context } = await openPage();
    await page.getByRole("button", { name: /^Draw/ }).click();
    await page.getByText("Write what to draw first.").waitFor();
    await context.close();
  });
});

describe("nothing is lost", () => {
  it("by a reload: the draft stays, and what is being drawn is followed again", async () => {
    const { page, context } = await openPage();
    const teapots = async () => (await jobs()).filter(({ params }) => params.prompt === "a teapot").length;
    const before = await teapots();
    await page.getByRole("textbox", { name: "Prompt" }).fill("a teapot");
    await page.keyboard.press("Control+Enter");
    await page.locator("article").first().getByText("a teapot").waitFor();
    await page.getByRole("textbox", { name: "Prompt" }).fill("a cactus next");
    await page.reload();
    expect(await page.getByRole("textbox", { name: "Prompt" }).inputValue()).toBe("a cactus next");
    await page.locator("article").first().getByRole("img", { name: "a teapot" }).waitFor();
    expect(await teapots()).toBe(before + 1);
    await context.close();
  });
});

it("does not draw on the Enter that takes a word of an input method", async () => {
  const { page, context } = await openPage({ language: "zh" });
  await page.locator("article").first().waitFor();
  const articles = await page.locator("article").count();
  const prompt = page.getByRole("textbox", { name: "提示词" });
  await prompt.focus();
  const devtools = await context.newCDPSession(page);
  await devtools.send("Input.imeSetComposition", { text: "qi e", selectionStart: 4, selectionEnd: 4 });
  await page.evaluate(() => {
    const init = { key: "Enter", ctrlKey: true, isComposing: true, bubbles: true, cancelable: true };
    document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", init));
  });
  await devtools.send("Input.insertText", { text: "企鹅" });
  expect(await prompt.inputValue()).toBe("企鹅");
  await page.waitForTimeout(300);
  expect(await page.locator("article").count()).toBe(articles);
  await context.close();
});

it("draws again, and varies an image, without touching what is being written", async () => {
  const { page, context } = await openPage();
  await page.getByRole("textbox", { name: "Prompt" }).fill("a rocket");
  await page.getByRole("button", { name: /^Draw/ }).click();
  const block = page.locator("article").first();
  await block.getByRole("img", { name: "a rocket" }).waitFor();
  await page.getByRole("textbox", { name: "Prompt" }).fill("half a thought");
  await block.getByRole("button", { name: "Again" }).click();
  await expect.poll(() => page.locator("article").first().getByRole("img", { name: "a rocket" }).count()).toBe(2);
  await block.getByRole("button", { name: "Vary" }).click();
  await expect.poll(async () => (await jobs())[0]?.params).toMatchObject({ prompt: "a rocket", strength: 0.35 });
  expect(await page.getByRole("textbox", { name: "Prompt" }).inputValue()).toBe("half a thought");
  await context.close();
});

it("shows the image step by step, and stops it", async () => {
  const { page, context } = await openPage();
  await page.getByRole("textbox", { name: "Prompt" }).fill("a castle");
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByLabel("Width").fill("1024");
  await page.getByLabel("Height").fill("1024");
  await page.getByText("zimage-tiny was made for 128×128").waitFor();
  await page.getByLabel("Steps").fill("20");
  await page.getByRole("button", { name: /^Draw/ }).click();
  const block = page.locator("article").first();
  await block.getByText(/^Step \d+ of 20$/).waitFor();
  await block.locator("li img").first().waitFor();
  expect(await accessViolations(page)).toEqual([]);
  await keepScreenshot(page, "create-drawing");
  await block.getByRole("button", { name: "Stop drawing" }).click();
  await block.getByText("Stopped", { exact: true }).waitFor();
  expect((await jobs())[0]).toMatchObject({ status: "canceled" });
  await context.close();
});

it("follows several jobs at once, and says how many are ahead", async () => {
  const { page, context } = await openPage();
  await page.getByRole("button", { name: "Settings" }).click();
  // One that keeps the worker busy for as long as the others wait, however fast the machine.
  await page.getByLabel("Width").fill("1024");
  await page.getByLabel("Height").fill("1024");
  await page.getByLabel("Steps").fill("20");
  await page.getByRole("textbox", { name: "Prompt" }).fill("a castle");
  await page.getByRole("button", { name: /^Draw/ }).click();
  const long = page.locator("article").filter({ hasText: "a castle" }).first();
  await long.getByText(/^Step \d+ of 20$/).waitFor();
  await page.getByLabel("Width").fill("128");
  await page.getByLabel("Height").fill("128");
  await page.getByLabel("Steps").fill("2");
  const prompts = ["a lion", "a whale", "a guitar", "a violin"];
  for (const prompt of prompts) {
    await page.getByRole("textbox", { name: "Prompt" }).fill(prompt);
    await page.getByRole("button", { name: /^Draw/ }).click();
  }
  await page
    .getByText(/^\d ahead of you$/)
    .first()
    .waitFor();
  await keepScreenshot(page, "create-queue");
  await long.getByRole("button", { name: "Stop drawing" }).click();
  for (const prompt of prompts) {
    await page.locator("article").filter({ hasText: prompt }).first().getByRole("img", { name: prompt }).waitFor();
  }
  await context.close();
});

it("begins with what another view sends: settings, another like it, a variant, an input, an area, a prompt", async () => {
  const { page, context } = await openPage();
  await page.getByRole("textbox", { name: "Prompt" }).fill("a rocket");
  await page.getByRole("button", { name: /^Draw/ }).click();
  await page.locator("article").first().getByRole("img", { name: "a rocket" }).waitFor();
  const image = new URL(
    (await page.locator("article").first().getByRole("link").first().getAttribute("href"))!,
    page.url(),
  ).searchParams.get("image");
  const open = (search: string) => page.goto(`${inject("pageUrl")}/?${search}`);
  const prompt = page.getByRole("textbox", { name: "Prompt" });

  await open(`prompt=${encodeURIComponent("a lion & more")}&size=256x128&steps=4`);
  await expect.poll(() => prompt.inputValue()).toBe("a lion & more");
  await page.getByRole("button", { name: "256×128" }).waitFor();
  expect(new URL(page.url()).search).toBe("");

  await open(`image=${image}&as=settings`);
  await expect.poll(() => prompt.inputValue()).toBe("a rocket");
  await page.getByRole("button", { name: /^Seed \d+$/ }).waitFor();

  await open(`image=${image}&as=vary`);
  await expect.poll(async () => (await jobs())[0]?.params).toMatchObject({ prompt: "a rocket", strength: 0.35 });

  await open(`image=${image}&as=edit`);
  await page.getByRole("dialog", { name: "Mark what to redraw" }).locator("canvas").waitFor();
  await page.keyboard.press("Escape");
  await page.getByText("Starts from your image").waitFor();

  await open(`image=${image}&as=code`);
  await page.getByRole("tab", { name: "Code", selected: true }).waitFor();

  await open("image=img_00000000000000000000000000_0&as=again");
  await page.getByRole("alert").waitFor();
  await context.close();
});

async function jobs(): Promise<{ readonly status: string; readonly params: Record<string, unknown> }[]> {
  const response = await fetch(`${inject("pageUrl")}/v1/jobs?limit=50`, {
    headers: { authorization: `Bearer ${inject("apiKey")}` },
  });
  return ((await response.json()) as { data: [] }).data;
}
