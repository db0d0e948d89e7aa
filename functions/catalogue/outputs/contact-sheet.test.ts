import { afterEach, expect, it } from "vitest";
import { drawnTask, keptImage, openDrawnRun } from "../../../test/support/catalogue/drawn-run.ts";
import { collect } from "../../../test/support/collect.ts";
import { reviewedResults } from "../review/reviewed-results.ts";
import { contactSheet, imagesPerSheet, sheetImages } from "./contact-sheet.ts";

let close = async () => {};
afterEach(() => close());

async function open(tasks: Parameters<typeof openDrawnRun>[0]) {
  const { run, items, objects, ...opened } = await openDrawnRun(tasks);
  close = opened.close;
  const images = (number: number) => sheetImages(reviewedResults(run, { items, objects }), number);
  return {
    objects,
    names: async (number: number) => (await images(number)).map(({ file }) => file.name),
    page: async (number: number) =>
      (await collect(contactSheet(await images(number), "Autumn & more", objects))).join(""),
  };
}

it("has forty-eight images on a sheet, each file once and in order", async () => {
  const tasks = Array.from({ length: 50 }, (_, n) =>
    drawnTask(`S${n}`, { stems: [`S${n}_1`, `S${n}_2`], kept: [keptImage(`S${n}`), keptImage(`S${n}b`)] }),
  );
  const { names } = await open(tasks);
  const sheets = await Promise.all([1, 2, 3, 4].map(names));
  expect(sheets.map(({ length }) => length)).toEqual([imagesPerSheet, imagesPerSheet, 4, 0]);
  expect(sheets.flat()).toEqual(tasks.flatMap(({ stems }) => stems.map((stem) => `${stem}.png`)));
});

it("has the images in itself, the small copies where there are any, and takes cells for text", async () => {
  const small = keptImage("A", { bytes: 900_000, hasThumbnail: true });
  const large = keptImage("C", { bytes: 900_000, width: 1600, height: 1600 });
  const { objects, page } = await open([
    drawnTask("A", { kept: [small], alt: '"><script>alert(1)</script>' }),
    drawnTask("B"),
    drawnTask("C", { kept: [large], method: "restyle" }),
  ]);
  await objects.put(small.key.replace(".png", ".256.webp"), Buffer.from("webp"), { contentType: "image/webp" });
  await objects.put(keptImage("B").key, Buffer.from("png"), { contentType: "image/png" });
  const html = await page(1);
  expect(html).toContain("<h1>Autumn &amp; more</h1>");
  expect(html).toContain(`src="data:image/webp;base64,${Buffer.from("webp").toString("base64")}"`);
  expect(html).toContain(`src="data:image/png;base64,${Buffer.from("png").toString("base64")}"`);
  expect(html).toContain("1600 × 1600");
  expect(html).toContain("needs review, changes product");
  expect(html).not.toMatch(/<script|https?:/);
});
