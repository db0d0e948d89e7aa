import sharp from "sharp";
import { afterAll, expect, inject, it } from "vitest";
import { withPngText } from "../../shared/image-files/png-text.ts";
import { accessViolations, clippedElements, keepScreenshot, looks } from "./browser/check-page.ts";
import { dropFile } from "./browser/drop-file.ts";
import { closeBrowser, openPage } from "./browser/open-page.ts";

afterAll(closeBrowser);

const photo = await sharp({ create: { width: 128, height: 128, channels: 3, background: { r: 240, g: 200, b: 40 } } })
  .png()
  .toBuffer();

async function newestJob(): Promise<{ readonly params: { readonly [name: string]: unknown } } | undefined> {
  const response = await fetch(`${inject("pageUrl")}/v1/jobs?limit=1`, {
    headers: { authorization: `Bearer ${inject("apiKey")}` },
  });
  return ((await response.json()) as { data: { params: Record<string, unknown> }[] }).data[0];
}

it.each(looks)("paints a mask and redraws the area at $width px, $theme, $language", async (look) => {
  const { page, context, complaints } = await openPage(look);
  const zh = look.language === "zh";
  await page
    .locator('input[type="file"]')
    .first()
    .setInputFiles({ name: "yellow.png", mimeType: "image/png", buffer: photo });
  await page.getByText(zh ? "以你的图片为起点" : "Starts from your image").waitFor();
  expect(await clippedElements(page)).toEqual([]);
  expect(await accessViolations(page)).toEqual([]);
  await keepScreenshot(page, `input-row-${look.width}-${look.language}-${look.theme}`);
  await page
    .getByRole("button", { name: zh ? "局部重绘" : "Edit area" })
    .first()
    .click();
  const dialog = page.getByRole("dialog", { name: zh ? "涂出要重画的地方" : "Mark what to redraw" });
  await dialog.getByRole("button", { name: zh ? "重画这里" : "Redraw area" }).click();
  await dialog.getByText(zh ? "还没有涂任何地方" : "Nothing is marked yet").waitFor();

  const canvas = dialog.locator("canvas");
  const box = (await canvas.boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.3, box.y + box.height * 0.3);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + box.height * 0.35, { steps: 8 });
  // Outside the image and back: the stroke goes on.
  await page.mouse.move(box.x - 20, box.y + box.height * 0.5, { steps: 4 });
  await page.mouse.move(box.x + box.width * 0.4, box.y + box.height * 0.5, { steps: 4 });
  await page.mouse.up();
  expect(await accessViolations(page)).toEqual([]);
  await keepScreenshot(page, `mask-${look.width}-${look.language}-${look.theme}`);
  await dialog.getByRole("textbox").fill("a red apple");
  await dialog.getByRole("button", { name: zh ? "重画这里" : "Redraw area" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.locator("article").first().getByRole("img", { name: "a red apple" }).waitFor();
  expect((await newestJob())?.params).toMatchObject({ prompt: "a red apple", strength: 1, mask_mode: "white" });
  expect(complaints).toEqual([]);
  await context.close();
});

it("undoes, erases and inverts what is marked", async () => {
  const { page, context } = await openPage();
  await page
    .locator('input[type="file"]')
    .first()
    .setInputFiles({ name: "yellow.png", mimeType: "image/png", buffer: photo });
  await page.getByRole("button", { name: "Edit area" }).first().click();
  const dialog = page.getByRole("dialog", { name: "Mark what to redraw" });
  const canvas = dialog.locator("canvas");
  const marked = () =>
    canvas.evaluate((element: HTMLCanvasElement) => {
      const { data } = element.getContext("2d")!.getImageData(0, 0, element.width, element.height);
      let count = 0;
      for (let at = 3; at < data.length; at += 4) if (data[at]! > 20) count++;
      return count / (data.length / 4);
    });
  const box = (await canvas.boundingBox())!;
  const press = (x: number, y: number) => page.mouse.click(box.x + box.width * x, box.y + box.height * y);
  await press(0.5, 0.5);
  const dot = await marked();
  // A dot of the brush, 16 pixels across, on 128 × 128.
  expect(dot).toBeGreaterThan(0.005);
  expect(dot).toBeLessThan(0.03);
  await press(0.2, 0.2);
  await expect.poll(marked).toBeCloseTo(2 * dot, 2);
  await page.keyboard.press("Control+z");
  await expect.poll(marked).toBeCloseTo(dot, 3);
  await page.keyboard.press("Control+Shift+z");
  await expect.poll(marked).toBeCloseTo(2 * dot, 2);
  await page.keyboard.press("e");
  await press(0.5, 0.5);
  await expect.poll(marked).toBeCloseTo(dot, 2);
  await dialog.getByRole("button", { name: "Invert" }).click();
  await expect.poll(marked).toBeCloseTo(1 - dot, 2);
  await dialog.getByRole("button", { name: "Clear" }).click();
  await expect.poll(marked).toBe(0);
  // The mask is kept with its image.
  await page.keyboard.press("Control+z");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Edit area" }).first().click();
  await expect.poll(marked).toBeCloseTo(1 - dot, 2);
  await context.close();
});

it("restores the settings of a file made here when it is dropped, and undoes that", async () => {
  const { page, context } = await openPage();
  const headers = { authorization: `Bearer ${inject("apiKey")}`, "content-type": "application/json" };
  const drawn = await fetch(`${inject("pageUrl")}/v1/jobs`, {
    method: "POST",
    headers: { ...headers, prefer: "wait=30", accept: "image/png" },
    body: JSON.stringify({ prompt: "a sunflower", seed: 7, steps: 3, size: "128x64" }),
  });
  const bytes = new Uint8Array(await drawn.arrayBuffer());
  await page.getByRole("textbox", { name: "Prompt" }).fill("my own words");
  await dropFile(page, { name: "sunflower.png", type: "image/png", bytes });
  await page.getByText("Settings restored from sunflower.png: prompt · seed 7 · 3 steps · 128×64").waitFor();
  const prompt = page.getByRole("textbox", { name: "Prompt" });
  expect(await prompt.inputValue()).toBe("a sunflower");
  await page.getByRole("button", { name: "Seed 7" }).waitFor();
  await keepScreenshot(page, "restored");
  await page.getByRole("button", { name: "Undo" }).click();
  expect(await prompt.inputValue()).toBe("my own words");
  await context.close();
});

const fox = "a fox, reading\nSteps: 5, CFG scale: 1, Seed: 42, Size: 64x128";
const graph = {
  "1": { class_type: "KSampler", inputs: { seed: 42, steps: 5, positive: ["2", 0], latent_image: ["3", 0] } },
  "2": { class_type: "CLIPTextEncode", inputs: { text: "a fox, reading" } },
  "3": { class_type: "EmptyLatentImage", inputs: { width: 64, height: 128 } },
};
it.each([
  [
    "a JPEG of A1111",
    "fox.jpg",
    () =>
      sharp(photo)
        .jpeg()
        .withExif({ IFD2: { UserComment: fox } })
        .toBuffer(),
  ],
  [
    "a WebP of A1111",
    "fox.webp",
    () =>
      sharp(photo)
        .webp()
        .withExif({ IFD2: { UserComment: fox } })
        .toBuffer(),
  ],
  ["a PNG of ComfyUI", "fox.png", () => withPngText(photo, "prompt", JSON.stringify(graph))],
])("restores the settings of %s", async (_, name, make) => {
  const { page, context } = await openPage();
  await dropFile(page, { name, type: `image/${name.replace(/.*\./, "").replace("jpg", "jpeg")}`, bytes: await make() });
  await page.getByText(`Settings restored from ${name}: prompt · seed 42 · 5 steps · 64×128`).waitFor();
  expect(await page.getByRole("textbox", { name: "Prompt" }).inputValue()).toBe("a fox, reading");
  await context.close();
});

it("takes a pasted image to start from, shrunk in the background", async () => {
  const { page, context } = await openPage();
  const large = await sharp({ create: { width: 4_000, height: 1_000, channels: 3, background: "teal" } })
    .jpeg()
    .toBuffer();
  const worker = page.waitForEvent("worker");
  await page.evaluate((base64) => {
    const content = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([content], "image.jpg", { type: "image/jpeg" }));
    document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, large.toString("base64"));
  await worker;
  await page.getByText("The image was shrunk to 2048×512.").waitFor();
  await page.getByText("Starts from your image").waitFor();
  await context.close();
});

it("says what to do about a file that is no image", async () => {
  const { page, context } = await openPage();
  await page
    .locator('input[type="file"]')
    .first()
    .setInputFiles({ name: "photo.heic", mimeType: "image/heic", buffer: Buffer.from("not one") });
  await page.getByText("The browser cannot read HEIC").waitFor();
  await context.close();
});
