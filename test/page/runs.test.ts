import { readFile } from "node:fs/promises";
import sharp from "sharp";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { type Run, ZImageClient } from "../../sdk/src/index.ts";
import { openZip } from "../support/catalogue/open-zip.ts";
import { writeWorkbook } from "../support/catalogue/write-workbook.ts";
import { writeZip } from "../support/catalogue/write-zip.ts";
import { accessViolations, clippedElements, keepScreenshot, looks } from "./browser/check-page.ts";
import { closeBrowser, openPage } from "./browser/open-page.ts";

const hostileSku = '"><img/src=x/onerror=hacked=1>';
const hostileTitle = "<script>hacked=1</script>{{7*7}}";
/** A red disc on white, as a shop's photographer leaves it. */
const photo = () =>
  sharp(
    Buffer.from(
      '<svg width="400" height="400"><rect width="400" height="400" fill="#fff"/><circle cx="200" cy="200" r="120" fill="#c22"/></svg>',
    ),
  )
    .png()
    .toBuffer();

const client = () => new ZImageClient({ baseUrl: inject("pageUrl"), apiKey: inject("apiKey") });
let finished: Run;
let ready: Run;

beforeAll(async () => {
  const { files, runs } = client();
  const zip = writeZip([{ name: "disc.png", body: await photo() }]);
  const { id: pictures } = await files.upload(new Blob([zip as Uint8Array<ArrayBuffer>]), { filename: "photos.zip" });
  const table = [
    { sku: "00123-BRN", title: "teapot", Farbe: "red", image: "disc.png" },
    { sku: "BT-2207", title: "mug", Farbe: "blue", image: "disc.png" },
    { sku: hostileSku, title: hostileTitle, Farbe: "green", image: "disc.png" },
    { sku: "CM-0031", title: "camera", Farbe: "", image: "missing.png" },
  ];
  const order = {
    source: { rows: table },
    pictures: { file_id: pictures },
    shots: [
      { id: "main", method: "draw", size: "64x64", steps: 2, format: "png", prompt: "a {{row['Farbe']}} {{title}}" },
      { id: "kept", method: "keep_product", size: "128x128", product: { background: "white" }, alt: "{{title}}" },
    ],
    review: "all",
  } as const;
  const made = await runs.create({
    ...order,
    run_key: "looks",
    metadata: { name: `Autumn ${hostileTitle}` },
    start: true,
  } as never);
  finished = await runs.wait(made.id, { timeoutMs: 60_000 });
  const next = await runs.create({ ...order, run_key: "next", metadata: { name: "Spring range" } } as never);
  ready = await runs.wait(next.id, { timeoutMs: 60_000 });
  expect([finished, ready].map(({ status, problem }) => [status, problem])).toEqual([
    ["completed", null],
    ["ready", null],
  ]);
});
afterAll(closeBrowser);

it.each(looks)("every step and tab is free of faults at $width px, $theme, $language", async (look) => {
  const { page, context, complaints } = await openPage({ ...look, path: "/runs" });
  const places = [
    ["list", "/runs", `a[href="/runs/${finished.id}"]`],
    ["file", "/runs/new", "input[type=url]"],
    ["columns", `/runs/${ready.id}/columns`, "select"],
    ["images", `/runs/${ready.id}/images`, "textarea"],
    ["start", `/runs/${ready.id}/start`, "fieldset"],
    ["progress", `/runs/${finished.id}`, "[role=tabpanel] img"],
    ["review", `/runs/${finished.id}/review`, "[role=option] img"],
    ["failures", `/runs/${finished.id}/failures`, "[role=tabpanel] li"],
    ["downloads", `/runs/${finished.id}/downloads`, "pre"],
  ] as const;
  for (const [name, path, awaited] of places) {
    await page.goto(new URL(path, page.url()).href);
    await page.locator(awaited).first().waitFor();
    await page.waitForLoadState("networkidle");
    expect([name, await clippedElements(page)]).toEqual([name, []]);
    expect([name, await accessViolations(page)]).toEqual([name, []]);
    await keepScreenshot(page, `runs-${name}-${look.width}-${look.language}-${look.theme}`, { fullPage: true });
  }
  expect(await page.evaluate(() => "hacked" in window)).toBe(false);
  expect(complaints).toEqual([]);
  await context.close();
});

it("leads from a workbook to a ZIP: another column, a prompt seen filled, the start, and the files", async () => {
  const workbook = writeWorkbook({
    sheets: [
      {
        name: "Products",
        rows: [
          ["SKU", "Name", "Other name", "Colour"],
          ["X-1", "teapot", "rocket", "red"],
          ["X-2", "mug", "robot", "blue"],
          [hostileSku, hostileTitle, hostileTitle, ""],
        ],
      },
    ],
  });
  const { page, context, complaints } = await openPage({ path: "/runs" });
  await page.getByRole("link", { name: "New run" }).click();
  await page.getByLabel("Drop your product table").setInputFiles({
    name: "products.xlsx",
    mimeType: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    buffer: Buffer.from(workbook),
  });
  await page.getByText("Uploaded").waitFor();
  await page.getByLabel("Range").fill(`flow-${Date.now()}`);
  await page.getByRole("button", { name: "Continue" }).click();

  const title = page.getByRole("combobox", { name: "Title" });
  await expect.poll(() => title.inputValue()).toBe("Name");
  await title.selectOption("Other name");
  await page.getByText("rocket", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Continue", disabled: false }).click();

  // A reload finds the step as it was saved.
  await page.getByRole("textbox", { name: "Prompt" }).waitFor();
  await page.reload();
  await page.getByText("a red rocket").waitFor();
  expect(await page.locator("mark").allTextContents()).toEqual(
    expect.arrayContaining(["red", "rocket", "hacked=1 {{7*7}}"]),
  );
  await page.getByRole("textbox", { name: "Prompt" }).fill("one {{color}} {{title}}");
  await page.getByText("“Colour” is empty").waitFor();
  await page.getByRole("textbox", { name: "Prompt" }).fill("one {{title}} on white");
  await page.getByText("one rocket on white").waitFor();
  await page.getByText("3 × 1 = 3").waitFor();
  await page.getByRole("button", { name: /^Draw these 3 · / }).click();
  await page.getByRole("img", { name: "Drawn: X-1" }).waitFor();
  await keepScreenshot(page, "runs-samples-1440-en-light");
  await page.getByRole("button", { name: "Continue" }).click();

  await page.getByText("X-1_main_1").waitFor();
  await page.getByRole("textbox", { name: "File names" }).fill("shop-{sku}-{n}");
  await page.keyboard.press("Enter");
  await page.getByText("shop-X-1-1").waitFor();
  await page.getByLabel("Spend at most").fill("3.50");
  await page.getByRole("button", { name: /^Start · / }).click();

  await page.getByText("Done", { exact: true }).waitFor({ timeout: 60_000 });
  await page.getByText("3 / 3").waitFor();
  await page.getByRole("tab", { name: "Downloads" }).click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "ZIP" }).click(),
  ]);
  const zip = await openZip(await readFile(await download.path()));
  const names = zip.names();
  expect(names).toEqual(expect.arrayContaining(["shop-X-1-1.jpg", "shop-X-2-1.jpg"]));
  const id = new URL(page.url()).pathname.split("/")[2]!;
  expect((await client().runs.get(id)).cost.max).toBe(3_500_000);
  expect(await page.evaluate(() => "hacked" in window)).toBe(false);
  expect(complaints).toEqual([]);
  await context.close();
});

it("is reviewed by the keyboard alone, and marks survive a lost connection and a reload", async () => {
  const { page, context } = await openPage({ path: `/runs/${finished.id}/review` });
  const list = page.getByRole("listbox", { name: "Images to review" });
  await list.waitFor();
  const current = () => page.locator("[role=option][aria-selected=true]").getAttribute("id");
  const first = await current();
  await list.focus();
  await page.keyboard.press("a");
  expect(await current()).not.toBe(first);
  await page.keyboard.press("Control+z");
  expect(await current()).toBe(first);
  await context.setOffline(true);
  await page.keyboard.press("r");
  await page.getByRole("button", { name: "2 Colour" }).waitFor();
  expect(await accessViolations(page)).toEqual([]);
  await page.keyboard.press("2");
  await page.keyboard.press("a");
  await page.getByText("2 marks are not sent yet").waitFor();
  await page.keyboard.press("z");
  await page.getByRole("dialog").waitFor();
  expect(await accessViolations(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await context.setOffline(false);
  await page.reload();
  await list.waitFor();
  await expect
    .poll(async () => (await client().runs.reviewList(finished.id)).counts)
    .toMatchObject({ approved: 1, rejected: 1 });
  const { data } = await client().runs.reviewList(finished.id, { state: "rejected" });
  expect(data.map(({ review }) => review?.reason)).toEqual(["colour"]);
  await page.getByText("not sent yet").waitFor({ state: "detached" });
  await context.close();
});

it("names each reason of failure with one thing to do, and gives out the rows", async () => {
  const { page, context } = await openPage({ path: `/runs/${finished.id}/failures` });
  const row = page.getByRole("listitem").filter({ hasText: "There is no photo of this name" });
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    row.getByRole("button", { name: "Download these rows" }).click(),
  ]);
  expect(await readFile(await download.path(), "utf8")).toContain('"CM-0031","kept","picture_not_found_by_name"');
  await page.getByRole("link", { name: "Upload corrected rows" }).click();
  await page.getByText("Corrected file for").waitFor();
  await page.getByRole("button", { name: "Use the same file" }).waitFor({ state: "detached" });
  await context.close();
});
