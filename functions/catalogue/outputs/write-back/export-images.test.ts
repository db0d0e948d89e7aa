import { afterEach, beforeEach, expect, it } from "vitest";
import { type Items, ItemsConditionFailed } from "../../../../shared/ports/items.ts";
import { type ApiUnderTest, openApi } from "../../../../test/support/api/api-under-test.ts";
import { CatalogueRuns } from "../../../../test/support/api/catalogue-runs.ts";
import { findRun } from "../../../runs/run-store.ts";
import { type ExportWishes, exportImages } from "./export-images.ts";

let api: ApiUnderTest;
let runs: CatalogueRuns;
beforeEach(async () => {
  api = await openApi();
  runs = new CatalogueRuns(api);
});
afterEach(() => api.close());

const shot = { method: "draw", size: "64x64", format: "png" };
const main = { ...shot, id: "main", prompt: "a {{title}}" };
const rows = ["red teapot", "cup"].map((title, index) => ({ sku: `N-00${index + 1}`, title }));

/** A run whose images are all drawn and published. */
async function published(order: object) {
  const { id } = await runs.finished({ source: { rows }, shots: [main], ...order });
  await runs.call("POST", `/v1/runs/${id}/publish`);
  const { run } = (await findRun(api.items, id))!;
  return async (wishes: Partial<ExportWishes>, dependencies = api.dependencies) => {
    const all = {
      channel: "magento",
      mode: "append",
      full: false,
      onlyApproved: false,
      origin: "",
      ...wishes,
    } as const;
    const { files, ...counts } = await exportImages(run, all, dependencies);
    const texts = files.map(async ({ key }) => Buffer.from((await api.objects.get(key))!.body).toString("utf8"));
    return { ...counts, lines: (await Promise.all(texts)).join("").split("\r\n").slice(1, -1) };
  };
}

it("leaves out what Google does not take, and offers it again", async () => {
  const exported = await published({});
  for (let times = 0; times < 2; times++) {
    expect(await exported({ channel: "google" })).toMatchObject({
      products: 0,
      images: 0,
      lines: [],
      leftOut: [{}, {}],
    });
  }
  expect((await exported({ channel: "google" })).leftOut[0]).toEqual({
    sku: "N-001",
    shot: "main",
    reason: "64 × 64: a side is shorter than 500 pixels",
  });
});

it("offers one variation again that a cell had no room for, and not the others of its shot", async () => {
  const sku = `LONG-${"0".repeat(30)}`;
  const detail = { ...shot, id: "detail", prompt: "a {{title}}, near", n: 4 };
  const exported = await published({ source: { rows: [{ sku, title: "cup" }] }, shots: [main, detail] });
  const first = await exported({ origin: "https://shop.example" });
  expect(first).toMatchObject({ images: 3, leftOut: [{ shot: "detail" }, { shot: "detail" }] });
  expect(first.lines[0]).toMatch(/_main_1\.png,cup,.*_detail_1\.png,[^,]*_detail_2\.png"$/);
  const second = await exported({ origin: "https://shop.example" });
  // The base image stays the one that the shop has.
  expect(second).toMatchObject({ images: 2, leftOut: [] });
  expect(second.lines[0]).toMatch(/0,,,,,"[^,]*_detail_3\.png,[^,]*_detail_4\.png"$/);
});

it("names the whole gallery where the shop replaces it, as soon as one of its images is new", async () => {
  const exported = await published({});
  expect(await exported({ channel: "woocommerce" })).toMatchObject({ products: 2, images: 2 });
  const back = { ...shot, id: "back", prompt: "the back of a {{title}}" };
  const more = await published({ source: { rows: rows.slice(0, 1) }, shots: [main, back] });
  const { images, lines } = await more({ channel: "woocommerce" });
  expect(images).toBe(2);
  expect(lines).toEqual([expect.stringMatching(/^,N-001,".*N-001_main_1\.png, .*N-001_back_1\.png"$/)]);
  expect(await more({ channel: "woocommerce" })).toMatchObject({ images: 0, lines: [] });
});

it("exports only what was approved where that is wished", async () => {
  const exported = await published({});
  expect(await exported({ onlyApproved: true })).toMatchObject({ products: 0, images: 0, held: 0 });
});

it("lists the same images again after a crash before they were recorded as given", async () => {
  const exported = await published({});
  const items: Items = {
    get: (key) => api.items.get(key),
    query: (query) => api.items.query(query),
    write: () => Promise.reject(new Error("the power is off")),
    close: () => api.items.close(),
  };
  await expect(exported({}, { ...api.dependencies, items })).rejects.toThrow("the power is off");
  expect((await exported({})).images).toBe(2);
  expect((await exported({})).images).toBe(0);
});

it("refuses the later of two exports at the same time, so that no shop is given an image twice unnoticed", async () => {
  const exported = await published({});
  const both = await Promise.allSettled([exported({}), exported({})]);
  expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  const refused = both.find((each) => each.status === "rejected");
  expect(refused!.reason).toBeInstanceOf(ItemsConditionFailed);
});
