import { afterAll, expect, it } from "vitest";
import { accessViolations, clippedElements, keepScreenshot, looks } from "../browser/check-page.ts";
import { closeBrowser } from "../browser/open-page.ts";
import { blankCells, openGallery, shownImages } from "./open-gallery.ts";

afterAll(closeBrowser);

it.each(looks)("is free of faults at $width px, $theme, $language", async (look) => {
  const { page, context, complaints } = await openGallery({ images: 400, days: 5 }, look);
  await expect.poll(() => blankCells(page)).toEqual([]);
  const name = `${look.width}-${look.language}-${look.theme}`;
  expect(await accessViolations(page)).toEqual([]);
  expect(await clippedElements(page)).toEqual([]);
  await keepScreenshot(page, `gallery-${name}`);
  await page.locator("[data-index='1'] a").click();
  await expect.poll(() => new URL(page.url()).searchParams.get("image")).toContain("img_");
  await page.locator("#large-download").waitFor();
  await page.getByText("128×128").first().waitFor();
  await expect.poll(() => accessViolations(page)).toEqual([]);
  expect(await clippedElements(page)).toEqual([]);
  await keepScreenshot(page, `gallery-large-${name}`);
  await page.keyboard.press("Delete");
  await page.getByRole("dialog").waitFor();
  expect(await accessViolations(page)).toEqual([]);
  await keepScreenshot(page, `gallery-delete-${name}`);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.locator("[data-index='2']").getByRole("button", { includeHidden: true }).click();
  await page.locator("[data-index='3']").getByRole("button", { includeHidden: true }).click();
  expect(await accessViolations(page)).toEqual([]);
  expect(await clippedElements(page)).toEqual([]);
  await keepScreenshot(page, `gallery-chosen-${name}`);
  await page.goto(new URL("/gallery?q=zeppelin", page.url()).href);
  await page.locator("h2").first().waitFor();
  expect(await accessViolations(page)).toEqual([]);
  await keepScreenshot(page, `gallery-none-${name}`);
  expect(complaints).toEqual([]);
  await context.close();
});

it.each([
  5_000, 100_000,
])("shows %i images by the few that are in the window, and none is blank when it rests", async (images) => {
  const { page, context, stub } = await openGallery({ images });
  await page.getByText(`${images.toLocaleString("en")} images`).waitFor();
  await expect.poll(() => blankCells(page)).toEqual([]);
  const count = () => page.evaluate(() => document.querySelectorAll("#main *").length);
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  // Seven or eight to a row of about 160 px: the scrollbar has its whole length before the images have come.
  expect(height).toBeGreaterThan((images / 9) * 150);
  for (const share of [0.33, 0.71, 1, 0.02]) {
    await page.evaluate((at) => scrollTo(0, document.documentElement.scrollHeight * at), share);
    await expect.poll(() => blankCells(page)).toEqual([]);
    expect(await count()).toBeLessThan(1_200);
  }
  expect(stub.requests.length).toBeLessThan(150);
  await context.close();
});

it("scrolls at a pace, and with a heap, that are told", async () => {
  const { page, context } = await openGallery({ images: 5_000 });
  await expect.poll(() => blankCells(page)).toEqual([]);
  const session = await context.newCDPSession(page);
  const heap = async () => {
    await session.send("HeapProfiler.collectGarbage");
    return (await session.send("Runtime.getHeapUsage")).usedSize;
  };
  const before = await heap();
  for (const step of [60, 600, 6_000]) {
    const frames = await page.evaluate(scrollFor, { step, ms: 4_000 });
    const sorted = frames.toSorted((a, b) => a - b);
    const mean = frames.reduce((sum, ms) => sum + ms, 0) / frames.length;
    const p95 = sorted[Math.floor(sorted.length * 0.95)] ?? 0;
    console.log(`${step} px a frame: ${(1_000 / mean).toFixed(0)} frames a second, p95 ${p95.toFixed(0)} ms`);
    await expect.poll(() => blankCells(page)).toEqual([]);
  }
  const grown = ((await heap()) - before) / 1_000_000;
  console.log(`heap grew by ${grown.toFixed(1)} MB`);
  // All 5,000 rows of the list stay; what is in the document does not.
  expect(grown).toBeLessThan(20);
  await context.close();
});

/** Scrolls up and down for a while; the time of each frame in milliseconds. */
function scrollFor({ step, ms }: { readonly step: number; readonly ms: number }): Promise<number[]> {
  return new Promise((resolve) => {
    const frames: number[] = [];
    const start = performance.now();
    let last = start;
    let direction = 1;
    const frame = (now: number) => {
      frames.push(now - last);
      last = now;
      const end = document.documentElement.scrollHeight - innerHeight;
      if (scrollY >= end - 1) direction = -1;
      if (scrollY <= 0) direction = 1;
      scrollBy(0, step * direction);
      if (now - start < ms) requestAnimationFrame(frame);
      else resolve(frames.slice(1));
    };
    requestAnimationFrame(frame);
  });
}

it("opens, walks and closes by the keyboard, and gives the focus back", async () => {
  const { page, context } = await openGallery({ images: 60, days: 2 });
  await page.locator("[data-index='0'] a").focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  const place = () => page.evaluate(() => document.activeElement?.closest<HTMLElement>("[data-index]")?.dataset.index);
  const here = Number(await place());
  expect(here).toBeGreaterThan(1);
  await page.keyboard.press("Enter");
  await page.getByText(`${here + 1} of 60`).waitFor();
  await page.keyboard.press("ArrowRight");
  await page.getByText(`${here + 2} of 60`).waitFor();
  await page.goBack();
  await expect.poll(() => new URL(page.url()).searchParams.has("image")).toBe(false);
  await expect.poll(place).toBe(String(here + 1));
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Enter");
  await page.getByRole("complementary").waitFor();
  await page.keyboard.press("i");
  await page.getByRole("complementary").waitFor({ state: "detached" });
  await page.keyboard.press("Escape");
  await expect.poll(place).toBe(String(here));
  await page.keyboard.press("End");
  await expect.poll(place).toBe("59");
  await context.close();
});

it("chooses by X and Shift, and deletes after it has asked once", async () => {
  const { page, context, stub } = await openGallery({ images: 60, days: 2 });
  await page.locator("[data-index='2'] a").focus();
  await page.keyboard.press("x");
  await page.getByText("1 selected").waitFor();
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("Shift+ArrowRight");
  await page.getByText("3 selected").waitFor();
  await page.getByRole("region", { name: "Chosen images" }).getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog", { name: "Delete 3 images?" }).getByText("The jobs stay in your usage.").waitFor();
  await page.getByRole("button", { name: "Delete 3 images" }).click();
  await page.getByText("57 images").waitFor();
  expect(stub.images.map(({ seed }) => seed).slice(0, 4)).toEqual([0, 1, 5, 6]);
  await page.getByText("3 images deleted").waitFor();
  await context.close();
});

it("packs the chosen images into a ZIP", async () => {
  const { page, context } = await openGallery({ images: 20, days: 1 });
  await page.locator("[data-index='0'] a").focus();
  await page.keyboard.press("x");
  await page.keyboard.press("Shift+ArrowRight");
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download ZIP" }).click();
  expect((await download).suggestedFilename()).toMatch(/^images-.*\.zip$/);
  await context.close();
});

it("compares two chosen images under a slider", async () => {
  const { page, context } = await openGallery({ images: 20, days: 1 });
  await page.locator("[data-index='0'] a").focus();
  await page.keyboard.press("x");
  await page.keyboard.press("Shift+ArrowRight");
  await page.getByRole("button", { name: "Compare" }).click();
  await page.getByRole("slider", { name: "Position of the divider" }).focus();
  await page.keyboard.press("ArrowRight");
  expect(await page.getByRole("slider").inputValue()).toBe("51");
  expect(await accessViolations(page)).toEqual([]);
  await keepScreenshot(page, "gallery-compare");
  await context.close();
});

it("shares an image by a link that expires", async () => {
  const { page, context, stub } = await openGallery({ images: 5, days: 1 });
  await page.locator("[data-index='0'] a").click();
  await page.getByRole("button", { name: "Share" }).click();
  const dialog = page.getByRole("dialog", { name: "Share this image" });
  await dialog.getByText("30 days").click();
  await dialog.getByRole("button", { name: "Make link" }).click();
  expect(await dialog.getByLabel("Link").inputValue()).toMatch(/^https:\/\/images\.example\/img_0.*\?for=2592000$/);
  expect(await accessViolations(page)).toEqual([]);
  expect(stub.requests.filter((request) => request.startsWith("POST"))).toHaveLength(1);
  await context.close();
});

it("lets new images wait until they are asked for", async () => {
  const { page, context, stub } = await openGallery({ images: 40, days: 1 });
  await page.getByText("40 images").waitFor();
  await expect.poll(() => blankCells(page)).toEqual([]);
  const newest = {
    ...stub.images[0]!,
    id: "img_NEW00000000000000000000000_0",
    prompt: "the newest",
    created_at: new Date().toISOString(),
  };
  stub.images.unshift(newest);
  await page.getByRole("button", { name: "1 new image" }).click({ timeout: 40_000 });
  await page.getByText("41 images").waitFor();
  await expect.poll(async () => (await shownImages(page))[0]).toBe("the newest");
  await context.close();
});

it("shows prompts and SKUs as text, whatever is in them", async () => {
  const attack = `<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>`;
  const change = () => ({
    prompt: attack,
    sku: attack,
    metadata: { sku: attack, "<b>x": "javascript:window.hacked=1" },
  });
  const { page, context, complaints } = await openGallery({ images: 3, days: 1, change });
  await expect.poll(() => blankCells(page)).toEqual([]);
  await page.locator("[data-index='0'] a").click();
  await page.getByText(`sku: ${attack}`).waitFor();
  expect(await page.evaluate(() => "hacked" in window)).toBe(false);
  expect(complaints).toEqual([]);
  await context.close();
});

it("says when the list cannot be had, and tries again", async () => {
  const { page, context, stub } = await openGallery({ images: 5, days: 1 });
  await page.getByText("5 images").waitFor();
  stub.failing = true;
  await page.reload();
  await page.getByText("The server made a mistake.").waitFor({ timeout: 60_000 });
  stub.failing = false;
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByText("5 images").waitFor();
  await context.close();
});
