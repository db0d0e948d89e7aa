import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { defaultPrices } from "../../../shared/money/price-list.ts";
import { type ApiUnderTest, openApi } from "../../../test/support/api/api-under-test.ts";
import { sampleOrder } from "../../../test/support/catalogue/sample-catalogue.ts";
import { effectiveShots, type ShotRequest } from "../plan/shots.ts";
import { catalogueProblem } from "../problems/catalogue-problem.ts";
import type { CatalogueOrder } from "./catalogue-state.ts";
import { rememberWrite } from "./image-memory.ts";
import { type PlannedRow, TaskPlanner } from "./plan-tasks.ts";

const main: ShotRequest = { id: "main", method: "draw", size: "64x64", prompt: "a {{title}}" };
const restyle: ShotRequest = { ...main, id: "look", method: "restyle", strength: 0.5 };
const photo = { sha256: "5".repeat(64), fileId: `file-${"0".repeat(26)}`, width: 64, height: 64 };
const columns = ["sku", "title", "kind", "seed"];

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

function planner(shots: readonly ShotRequest[], order: Partial<CatalogueOrder> = {}, more: readonly string[] = []) {
  const names = new Map([...columns, ...more].map((name) => [name, name]));
  const identity = { accountId: "acc_1", keyId: "key_1", scopes: ["*"], terms: {} };
  const dependencies = { ...api.dependencies, prices: defaultPrices, newSeed: () => 1, identity };
  return new TaskPlanner(sampleOrder({ shots: effectiveShots(shots), ...order }), { columns, names }, dependencies);
}

function product(cells: { readonly [column: string]: string } = {}) {
  const all = { sku: "A", title: "mug", ...cells };
  return { index: 0, line: 2, sku: all.sku, fields: { title: all.title }, cells: all };
}

describe("refuses for all products at once", () => {
  it.each([
    [{ ...main, when: { column: "colour", filled: true } }, {}, "template_unknown_name", "colour"],
    [{ ...main, size: "9999x9999" }, {}, "shot_invalid", "9999"],
    [main, { model: "no-such-model" }, "shot_invalid", "no-such-model"],
  ] as const)("%j with %j", (shot, order, code, value) => {
    const refusal = { name: "CatalogueError", code, message: expect.stringContaining(value) };
    expect(() => planner([shot], order)).toThrow(expect.objectContaining(refusal));
  });
});

it("draws only the shots whose condition a product meets", async () => {
  const shots = [
    { ...main, id: "cup", when: { column: "kind", equals: "cup" } },
    { ...main, id: "bare", when: { column: "kind", filled: false } },
  ];
  const rows: PlannedRow[] = [{ product: product({ kind: "cup" }) }, { product: product({ sku: "B", kind: "" }) }];
  const tasks = (await planner(shots).plan(rows)).map(({ task }) => [task.key, task.status]);
  expect(tasks).toEqual([
    ["A#cup", "draw"],
    ["A#bare", "skipped"],
    ["B#cup", "skipped"],
    ["B#bare", "draw"],
  ]);
});

it("gives the photo to the engine, and falls back as the shot says where there is none", async () => {
  const shots = (["fail", "skip", "draw"] as const).map((fallback) => ({ ...restyle, id: fallback, fallback }));
  const planned = await planner(shots).plan([{ product: product(), photo }, { product: product({ sku: "B" }) }]);
  expect(planned.map(({ task }) => task.status)).toEqual(["draw", "draw", "draw", "failed", "skipped", "draw"]);
  expect(planned[0]!.request!.request).toMatchObject({ image: photo.fileId, strength: 0.5, prompt: "a mug" });
  expect(planned[3]!.task.problem).toMatchObject({ code: "photo_missing", line: 2 });
  expect(planned[5]!.request!.request.image).toBeUndefined();
});

it("takes the seed from a column, and fails the product whose cell is none", async () => {
  const seeds = { kind: "column", column: "seed" } as const;
  const rows = ["42", "1e3", ""].map((seed) => ({ product: product({ seed }) }));
  const planned = await planner([main], { seeds }).plan(rows);
  expect(planned[0]!.request!.request.seed).toBe(42);
  const codes = planned.map(({ task }) => task.problem?.code);
  expect(codes).toEqual([undefined, "template_value_missing", "template_value_missing"]);
});

it("draws again what was rejected, and says why of each that it draws", async () => {
  const owner = { accountId: "acc_1", runKey: "spring" };
  const [first] = await planner([main]).plan([{ product: product() }]);
  expect(first!.task).toMatchObject({ status: "draw", change: "fresh", version: 1 });
  const drawn = { key: "A#main", hash: first!.request!.hash, jobId: "job_1", version: 1, images: [], drawnAt: 1 };
  await api.items.write([rememberWrite(owner, drawn)]);
  const again = async (cells = {}, shot = main) => (await planner([shot]).plan([{ product: product(cells) }]))[0]!.task;
  expect(await again()).toMatchObject({ status: "unchanged", jobId: "job_1" });
  expect(await again({ title: "pot" })).toMatchObject({ status: "draw", change: "prompt" });
  expect(await again({}, { ...main, steps: 3 })).toMatchObject({ status: "draw", change: "settings" });
  await api.items.write([rememberWrite(owner, { ...drawn, rejected: true })]);
  expect(await again()).toMatchObject({ status: "draw", change: "redrawn", version: 2 });
});

it("keeps a row that is no product as one failed task, whatever the shots", async () => {
  const refused = { line: 7, sku: "", problem: catalogueProblem("sku_missing", { line: 7 }) };
  const planned = await planner([main, restyle]).plan([{ refused }]);
  expect(planned).toMatchObject([{ task: { key: "line 7", status: "failed", problem: { code: "sku_missing" } } }]);
});

describe("what is kept of a photo", () => {
  const white: ShotRequest = {
    id: "main",
    method: "keep_product",
    size: "1600x1600",
    product: { background: "white", fill: 0.88 },
    finish: { pure_white: true },
  };
  const scene: ShotRequest = { id: "scene", method: "keep_product", size: "1000x1000", prompt: "{{title}} outdoors" };

  it("is placed at the shot's size, whatever the model draws", async () => {
    const planned = await planner([white, scene]).plan([{ product: product(), photo }]);
    const [onWhite, drawn] = planned.map(({ request }) => request!.request);
    expect(onWhite).toMatchObject({ size: "1600x1600", image: photo.fileId, product: white.product, prompt: "mug" });
    expect(drawn).toMatchObject({ product: {}, prompt: "mug outdoors", finish: { size: "1000x1000" } });
    // One step on white costs less than all steps of a scene.
    expect(planned[0]!.request!.price).toBeLessThan(planned[1]!.request!.price);
  });

  it("stays the same when only words, seeds or the model change, where nothing is drawn", async () => {
    const hashOf = async (cells: object, order: Partial<CatalogueOrder>) =>
      (await planner([white], order).plan([{ product: product(cells as { title: string }), photo }]))[0]!.request!.hash
        .all;
    const hash = await hashOf({}, {});
    expect(await hashOf({ title: "pot" }, { seeds: { kind: "fixed", seed: 5 } })).toBe(hash);
    const other = { ...photo, sha256: "6".repeat(64) };
    const changed = await planner([white]).plan([{ product: product(), photo: other }]);
    expect(changed[0]!.request!.hash.all).not.toBe(hash);
  });

  it("is cropped where its cell says, and fails alone where that says nothing", async () => {
    const crop: ShotRequest = { id: "detail", method: "crop", size: "64x64" };
    const rows = ["10,20,30,40", "all of it"].map((box, i) => ({
      product: product({ sku: `${i}`, detail_box: box }),
      photo,
    }));
    const planned = await planner([crop], {}, ["detail_box"]).plan(rows);
    expect(planned[0]!.request!.request).toMatchObject({ crop: { x: 0.1, y: 0.2, width: 0.3, height: 0.4 } });
    expect(planned[1]!.task.problem).toMatchObject({ code: "detail_box_invalid", value: "all of it" });
  });

  it("is drawn instead where there is no photo and the shot says so", async () => {
    const drawn: ShotRequest = { ...scene, size: "64x64", fallback: "draw" };
    const [planned] = await planner([drawn]).plan([{ product: product() }]);
    expect(planned!.request!.request).not.toHaveProperty("product");
    expect(planned!.request!.request).not.toHaveProperty("image");
  });

  it("has templates with names that the file lacks, where the shot allows it", async () => {
    const prompt = '{{title}} on {{surface | default: "a table"}}';
    const shot: ShotRequest = { ...scene, prompt, optional: ["surface"] };
    const [planned] = await planner([shot]).plan([{ product: product(), photo }]);
    expect(planned!.task.prompt).toBe("mug on a table");
    expect(() => planner([{ ...scene, prompt }])).toThrow(expect.objectContaining({ code: "template_unknown_name" }));
  });
});

it("asks for the lines that an image should show, and for none that is empty", async () => {
  const poster: ShotRequest = { ...main, text: ["{{title}}", "{% if kind %}{{kind}}{% endif %}"] };
  const [planned] = await planner([poster]).plan([{ product: product({ title: "SALE", kind: "" }) }]);
  expect(planned!.request!.request.checks).toEqual({ text: ["SALE"] });
});

describe("the mask of a photo", () => {
  const keep: ShotRequest = { ...main, id: "keep", method: "keep_product" };
  const mask = { photo: { ...photo, sha256: "7".repeat(64), fileId: `file-${"1".repeat(26)}` } };

  it("goes to the engine where the product is kept, and another mask is another image", async () => {
    const rows: PlannedRow[] = [
      { product: product(), photo, mask },
      { product: product({ sku: "B" }), photo },
    ];
    const [kept, restyled, plain] = await planner([keep, restyle]).plan(rows);
    expect(kept!.request!.request).toMatchObject({ image: photo.fileId, mask: mask.photo.fileId });
    expect(restyled!.request!.request).not.toHaveProperty("mask");
    expect(plain!.request!.request).not.toHaveProperty("mask");
    expect(kept!.request!.hash.photo).not.toBe(plain!.request!.hash.photo);
  });

  it("fails the row that names one which is not there, and no shot that needs none", async () => {
    const problem = catalogueProblem("picture_not_found_by_name", { line: 2, value: "a-mask.png" });
    const [kept, restyled] = await planner([keep, restyle]).plan([{ product: product(), photo, mask: { problem } }]);
    expect(kept!.task).toMatchObject({ status: "failed", problem });
    expect(restyled!.task.status).toBe("draw");
  });
});

it("draws some products again although they are unchanged", async () => {
  const rows = ["A", "B"].map((sku) => ({ product: product({ sku }) }));
  for (const { task, request } of await planner([main]).plan(rows)) {
    const image = { key: task.key, hash: request!.hash, jobId: "job_1", version: 1, images: [], drawnAt: 1 };
    await api.items.write([rememberWrite({ accountId: "acc_1", runKey: "spring" }, image)]);
  }
  const planned = await planner([main], { redraw: { skus: ["B"] } }).plan(rows);
  expect(planned.map(({ task }) => [task.status, task.version])).toEqual([
    ["unchanged", 1],
    ["draw", 2],
  ]);
});
