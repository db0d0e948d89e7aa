import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { BrowserContext } from "playwright-core";
import { afterAll, expect, inject, it } from "vitest";
import { accessViolations, clippedElements, keepScreenshot } from "./browser/check-page.ts";
import { closeBrowser, openPage } from "./browser/open-page.ts";

const run = promisify(execFile);

afterAll(closeBrowser);

interface Model {
  readonly id: string;
  readonly accepts: object;
}

/** The service's own model, with what a larger one has as well: guidance, LoRAs and a ControlNet. */
async function withLargerModel(context: BrowserContext): Promise<void> {
  await context.route("**/v1/models", async (route) => {
    const response = await route.fetch();
    const list = (await response.json()) as { data: Model[] };
    const [model] = list.data;
    const accepts = { ...model!.accepts, guidance: true, negative_prompt: true, controlnet: true };
    const base = { ...model, id: "z-image", family: "base", accepts, vocabulary: null };
    await route.fulfill({ json: { ...list, data: [...list.data, base] } });
  });
  const adapter = { object: "adapter", owner: "service", rank: 16, base: null, sha256: null, license: null };
  await context.route("**/v1/adapters", (route) =>
    route.fulfill({
      json: {
        object: "list",
        loras: [
          { ...adapter, id: "ink/水墨风", trigger_words: ["ink wash", "水墨"] },
          { ...adapter, id: "mug-v2", trigger_words: [] },
        ],
        controlnets: [{ ...adapter, id: "canny", trigger_words: [] }],
      },
    }),
  );
}

it.each([
  { width: 360, language: "en", theme: "dark" },
  { width: 1440, language: "en", theme: "light" },
] as const)("sends what is set of a model that takes more, at $width px", async (look) => {
  const { page, context } = await openPage({ ...look, prepare: withLargerModel });
  let sent: unknown;
  await page.route("**/v1/jobs", async (route) => {
    if (route.request().method() !== "POST") return route.continue();
    sent = route.request().postDataJSON();
    const detail = "tested up to here";
    const problem = { type: "t", title: "t", status: 422, instance: "", code: "x", errors: [], request_id: "r" };
    await route.fulfill({ status: 422, json: { ...problem, detail, retryable: false } });
  });
  await page.getByRole("textbox", { name: "Prompt" }).fill("a fox in snow");
  await page.getByRole("button", { name: "Settings" }).click();
  const panel = page.getByRole("tabpanel");
  await panel.getByLabel("Model").selectOption("z-image");
  await panel.getByLabel("Guidance").fill("4");
  await panel.getByLabel("Keep out").fill("blur, text");
  await panel.getByLabel("Add a LoRA").selectOption("ink/水墨风");
  await panel.getByText("Words that call it: ink wash, 水墨").waitFor();
  await panel.getByLabel("Weight of ink/水墨风").fill("0.5");
  await panel.getByLabel("Follow lines (ControlNet)").selectOption("canny");
  await panel.getByText("It needs an image of lines").waitFor();
  await panel.getByText("When quiet, half price").click();
  await panel.getByText("2× sharp").click();
  await panel.getByText("JPEG", { exact: true }).click();
  await panel.getByLabel("Quality").fill("80");
  expect(await accessViolations(page)).toEqual([]);
  expect(await clippedElements(page)).toEqual([]);
  await keepScreenshot(page, `settings-all-${look.width}`);
  if (look.width < 1280) await page.keyboard.press("Escape");
  await page.getByRole("button", { name: /^Draw/ }).click();
  await page.getByText("tested up to here").first().waitFor();
  expect(sent).toMatchObject({
    model: "z-image",
    prompt: "a fox in snow",
    negative_prompt: "blur, text",
    guidance: 4,
    loras: [{ id: "ink/水墨风", scale: 0.5 }],
    output: { format: "jpeg", quality: 80 },
    upscale: "lanczos",
    priority: "batch",
  });
  await context.close();
});

it("says what is wrong with a size at its field, in both languages, and does not send it", async () => {
  for (const [language, text, settings, width, draw] of [
    ["en", "Sides must be multiples of 16: 992 or 1008.", "Settings", "Width", /^Draw/],
    ["zh", "边长必须是 16 的倍数：992 或 1008。", "参数", "宽度", /^生成/],
  ] as const) {
    const { page, context } = await openPage({ language });
    await page.getByRole("textbox", { name: language === "en" ? "Prompt" : "提示词" }).fill("企鹅");
    await page.getByRole("button", { name: settings }).click();
    await page.getByLabel(width).fill("1000");
    await page.getByRole("tabpanel").getByText(text).waitFor();
    const button = page.getByRole("button", { name: draw });
    expect(await button.getAttribute("aria-disabled")).toBe("true");
    expect(await button.getAttribute("title")).toMatch(/Choose another size first|请先改用其他尺寸/);
    await context.close();
  }
});

it("keeps a seed that is locked, and picks another with the dice", async () => {
  const { page, context } = await openPage();
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("button", { name: "New random seed" }).click();
  const seed = await page.getByLabel("Seed", { exact: true }).inputValue();
  expect(seed).toMatch(/^\d+$/);
  for (let times = 0; times < 2; times++) {
    await page.getByRole("textbox", { name: "Prompt" }).fill("a teapot");
    await page.getByRole("button", { name: /^Draw/ }).click();
    await page.locator("article").first().getByText(`seed ${seed}`).waitFor();
  }
  await page.getByRole("button", { name: "Keep this seed" }).click();
  await page.getByRole("button", { name: "Random seed", exact: true }).waitFor();
  await context.close();
});

it("opens by the link of npm start, without a key in the page", async () => {
  const { page, context } = await openPage({ withKey: false });
  const { stdout } = await run(process.execPath, ["--disable-warning=ExperimentalWarning", "local/open.ts"], {
    cwd: join(import.meta.dirname, "../.."),
    env: { PATH: process.env.PATH, DATA_DIR: inject("dataDir") },
  });
  const link = /http\S+\/open\?once=\S+/.exec(stdout)?.[0];
  await page.goto(link!);
  await page.getByRole("textbox", { name: "Prompt" }).fill("a red apple");
  await page.getByRole("button", { name: /^Draw/ }).click();
  await page.locator("article").first().getByRole("img", { name: "a red apple" }).waitFor();
  expect(await page.evaluate(() => [sessionStorage.length > 0, sessionStorage.getItem("zimage.key")])).toEqual([
    true,
    null,
  ]);
  expect(new URL(page.url()).search).toBe("");
  await context.close();
});
