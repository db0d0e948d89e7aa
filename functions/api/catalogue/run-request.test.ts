import { expect, it } from "vitest";
import { parseFields } from "../../../shared/request/field-errors.ts";
import { orderOf, runRequestSchema } from "./run-request.ts";

const shots = [{ id: "main", method: "draw", size: "64x48", prompt: "a {{title}}" }];
const rows = [{ sku: "1" }];
const parse = (more: object = {}) => parseFields(runRequestSchema, { source: { rows }, shots, ...more });

it("takes what is left out at its default", () => {
  expect(orderOf(parse(), "zh-CN")).toMatchObject({
    acceptLanguage: "zh-CN",
    duplicates: "refuse",
    runKey: "default",
    shots: [{ id: "main", width: 64, height: 48, n: 1, format: "jpeg", fallback: "fail" }],
    naming: { pattern: "{sku}_{shot}_{n}", ascii: false },
    seeds: { kind: "per_sku" },
    redraw: "changed",
    start: false,
  });
});

it("takes one preset or several in place of shots, and seeds by number or column", () => {
  const presets = (preset: unknown) => orderOf(parse({ shots: undefined, preset }), undefined).shots;
  expect(presets("poster_en")).toEqual(presets(["poster_en"]));
  expect(presets("poster_en")).toHaveLength(1);
  expect(orderOf(parse({ seeds: { fixed: 0 } }), undefined).seeds).toEqual({ kind: "fixed", seed: 0 });
  expect(orderOf(parse({ seeds: { column: "seed" } }), undefined).seeds).toEqual({ kind: "column", column: "seed" });
});

it.each([
  ["shots and a preset", { preset: "poster_en" }, "shots"],
  ["a part of a micro-unit", { max_cost: 0.5 }, "max_cost"],
  ["a field that no product has", { mapping: { colour: "Colour" } }, "mapping.colour"],
  ["a line before the first", { header_row: 0 }, "header_row"],
  ["rows and a file", { source: { rows, file_id: "file-1" } }, "source"],
  ["1,001 rows", { source: { rows: Array.from({ length: 1_001 }, () => ({ sku: "1" })) } }, "source"],
  [
    "201 columns",
    { source: { rows: [Object.fromEntries(Array.from({ length: 201 }, (_, at) => [`c${at}`, 1]))] } },
    "source.rows.0",
  ],
])("refuses %s, and names the field", (_, more, param) => {
  expect(() => parse(more)).toThrow(expect.objectContaining({ param }));
});

it("refuses names that all images would share, and two shots of one id", () => {
  expect(() => orderOf(parse({ naming: "{shot}_{n}" }), undefined)).toThrow(
    expect.objectContaining({ code: "naming_invalid", param: "naming" }),
  );
  expect(() => orderOf(parse({ shots: [shots[0], shots[0]] }), undefined)).toThrow(
    expect.objectContaining({ code: "shot_invalid", param: "shots[1].id" }),
  );
});

it("refuses an encoding that is none, before a run exists", () => {
  const request = runRequestSchema.parse({ source: { file_id: "file-1" }, preset: "main_white", encoding: "utf-9" });
  expect(() => orderOf(request, undefined)).toThrow(/encoding utf-9 is not known; give one of utf-8/);
});
