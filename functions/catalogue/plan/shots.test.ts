import { expect, it } from "vitest";
import { effectiveShots, presetNames, presetShot, type ShotRequest } from "./shots.ts";
import { parseTemplate, templateNames } from "./template.ts";

const draw: ShotRequest = { id: "main", method: "draw", size: "64x64", prompt: "a {{title}}" };

it("knows presets whose templates are templates", () => {
  const columns = ["title", "color", "surface", "place", "headline", "subline"];
  const known = { columns, names: templateNames(columns, {}) };
  expect(presetNames).toEqual(expect.arrayContaining(["main_white", "lifestyle", "flat_lay", "detail"]));
  for (const name of presetNames) {
    const [shot] = effectiveShots([presetShot(name)]);
    for (const text of [shot!.prompt, shot!.alt]) if (text !== undefined) parseTemplate(text, name, known);
    // Nothing is said against a method that keeps the product.
    const isKept = shot!.method === "keep_product" || shot!.method === "crop";
    if (isKept) expect(shot!.warnings, name).toEqual([]);
  }
});

it("fills in what a shot leaves open, and says what a method does to the product", () => {
  const [main, other] = effectiveShots([draw, { ...draw, id: "look", method: "restyle", size: "512x768" }]);
  expect(main).toMatchObject({ width: 64, height: 64, n: 1, format: "jpeg", fallback: "fail" });
  expect(main!.warnings[0]).toContain("does not show the real product");
  expect(other).toMatchObject({ width: 512, height: 768, warnings: [expect.stringContaining("changes the product")] });
});

it.each([
  [[draw, draw], "shots[1].id", "two shots have the id main"],
  [[{ ...draw, product: {} }], "shots[0].product", "belongs to the method keep_product"],
  [[{ ...draw, method: "keep_product", strength: 0.5 }], "shots[0].strength", "belongs to the method restyle"],
  [[{ id: "a", method: "keep_product" }], "shots[0].prompt", "a prompt is needed"],
  [[{ id: "a", method: "crop", fallback: "draw" }], "shots[0].prompt", "a prompt is needed"],
])("refuses %j", (shots, param, message) => {
  expect(() => effectiveShots(shots as ShotRequest[])).toThrow(
    expect.objectContaining({ code: "shot_invalid", param, message: expect.stringContaining(message) }),
  );
});

it("refuses a preset that is not there with those that are", () => {
  expect(() => presetShot("__proto__")).toThrow(/give one of main_white, /);
});
