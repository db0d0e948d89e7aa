import sharp from "sharp";
import { afterAll, expect, inject, it } from "vitest";
import { withPngText } from "../../../shared/image-files/png-text.ts";
import { dropFile } from "../browser/drop-file.ts";
import { closeBrowser } from "../browser/open-page.ts";
import { blankCells, openGallery, shownImages } from "./open-gallery.ts";

afterAll(closeBrowser);

it("keeps filters in the address, and takes them from it", async () => {
  const { page, context } = await openGallery({ images: 300, days: 3 });
  await page.getByLabel("Search prompts").fill("teapot");
  await expect.poll(() => new URL(page.url()).searchParams.get("q")).toBe("teapot");
  await expect
    .poll(async () => new Set((await shownImages(page)).map((alt) => alt.includes("teapot"))))
    .toEqual(new Set([true]));
  await page.reload();
  await page.getByText("30 images").waitFor();
  expect(await page.getByLabel("Search prompts").inputValue()).toBe("teapot");
  await page.getByRole("button", { name: "Clear filters" }).click();
  await page.getByText("300 images").waitFor();
  await page.getByRole("button", { name: "SKU" }).click();
  await page.getByRole("group", { name: "SKU" }).getByLabel("SKU").fill("SKU-14");
  await page.keyboard.press("Enter");
  await page.getByText("1 image", { exact: true }).waitFor();
  await page.goBack();
  await page.getByText("300 images").waitFor();
  const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  await page.goto(new URL(`/gallery?from=${yesterday}&to=${yesterday}`, page.url()).href);
  await page.getByText("100 images").waitFor();
  await page.getByRole("heading", { name: "Yesterday" }).waitFor();
  await context.close();
});

it("finds its place again by the image, though others were drawn meanwhile", async () => {
  const { page, context, stub } = await openGallery({ images: 2_000, days: 4 });
  await expect.poll(() => blankCells(page)).toEqual([]);
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight / 2));
  await expect.poll(() => new URL(page.url()).searchParams.get("at")).toMatch(/^img_0/);
  const at = new URL(page.url()).searchParams.get("at");
  const [newest] = stub.images;
  const created_at = new Date().toISOString();
  const added = Array.from({ length: 300 }, (_, n) => ({ ...newest!, id: `img_${"N".repeat(23)}${n}_0`, created_at }));
  stub.images.unshift(...added);
  // In a window of its own, which has no place of its own to return to.
  const other = await context.newPage();
  await other.addInitScript((key) => sessionStorage.setItem("zimage.key", key), inject("apiKey"));
  await other.goto(page.url());
  await other.getByText("2,300 images").waitFor();
  await expect
    .poll(() =>
      other.evaluate((id) => {
        const { top = -1 } = document.querySelector(`[data-id="${id}"]`)?.getBoundingClientRect() ?? {};
        return top > 0 && top < 200;
      }, at),
    )
    .toBe(true);
  await context.close();
});

it("jumps to a day, whose heading stays while its images pass", async () => {
  const { page, context } = await openGallery({ images: 2_000, days: 4 });
  const day = new Date(Date.now() - 2 * 86_400_000);
  const short = day.toLocaleDateString("en", { month: "short", day: "numeric", timeZone: "UTC" });
  await page.getByRole("navigation", { name: "Jump" }).getByRole("button", { name: short }).click();
  const heading = page.getByRole("heading", { name: `${short}, ${day.getUTCFullYear()} 500` });
  const places = async () => [(await heading.boundingBox())?.y, await firstTop()];
  const firstTop = () =>
    page.evaluate(() => document.querySelector('[data-index="1000"]')?.getBoundingClientRect().top);
  await expect.poll(places).toEqual([8, 48]);
  await page.evaluate(() => scrollBy(0, 1_000));
  await expect.poll(async () => (await heading.boundingBox())?.y).toBe(0);
  await context.close();
});

it("takes a dropped image to Create and restores its settings there", async () => {
  const { page, context } = await openGallery({ images: 5, days: 1 });
  const plain = await sharp({ create: { width: 64, height: 128, channels: 3, background: "red" } })
    .png()
    .toBuffer();
  const bytes = withPngText(plain, "parameters", "a fox\nSteps: 5, CFG scale: 1, Seed: 42, Size: 64x128");
  const file = { name: "fox.png", type: "image/png", bytes };
  await dropFile(page, file, ["dragover"]);
  await page.getByText("Drop an image to restore its settings in Create").waitFor();
  await dropFile(page, file, ["drop"]);
  await page.getByText("Settings restored from fox.png: prompt · seed 42 · 5 steps · 64×128").waitFor();
  expect(await page.getByRole("textbox", { name: "Prompt" }).inputValue()).toBe("a fox");
  await context.close();
});

it("filters by model, run and label, and by a label of the image on show", async () => {
  const change = (index: number) => ({
    model: index % 2 === 0 ? "zimage-tiny" : "other",
    run_id: index % 3 === 0 ? "run_a" : null,
    metadata: { "shot:name": index % 5 === 0 ? "main" : "side" } as { [name: string]: string },
  });
  const { page, context } = await openGallery({ images: 60, days: 1, change }, { width: 1024 });
  const search = () => new URL(page.url()).searchParams;
  await page.getByRole("button", { name: "Model" }).click();
  await page.getByRole("group", { name: "Model" }).getByLabel("Model").selectOption("zimage-tiny");
  await page.getByText("30 images").waitFor();
  expect(search().get("model")).toBe("zimage-tiny");
  await page.goto(new URL("/gallery?run=run_a", page.url()).href);
  await page.getByText("20 images").waitFor();
  await page.getByRole("button", { name: "Run: run_a" }).waitFor();
  await page.getByRole("button", { name: "Label", exact: true }).click();
  const labels = page.getByRole("group", { name: "Label" });
  await labels.getByLabel("Label").fill("shot:name");
  await labels.getByLabel("Value").fill("main");
  await page.keyboard.press("Enter");
  await page.getByText("4 images").waitFor();
  await page.reload();
  await page.getByText("4 images").waitFor();
  await page.getByRole("button", { name: "Remove shot:name: main" }).click();
  await page.getByText("20 images").waitFor();
  await page.getByRole("button", { name: "Clear filters" }).click();
  await page.locator("[data-index='1'] a").click();
  await page.getByRole("complementary").getByRole("link", { name: "shot:name: side" }).click();
  await page.getByText("48 images").waitFor();
  await context.close();
});
