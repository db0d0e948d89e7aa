import { expect, it } from "vitest";
import { requestOptions } from "./request-options.ts";

const options = requestOptions(["image"]);
const option = (name: string) => options.find((each) => each.name === name);

it("names options after their fields, unless a note names them otherwise", () => {
  expect(option("mask_blend")).toMatchObject({ option: "mask-blend" });
  expect(option("negative_prompt")).toMatchObject({ option: "negative" });
  expect(option("size")).toMatchObject({ option: "size", short: "s", value: "WxH" });
});

it("gives each a value by its kind, and a switch none", () => {
  for (const { kind, value } of options) expect(value === undefined).toBe(kind === "switch");
});

it("leaves out what the command reads itself, and what no text can be", () => {
  expect(option("image")).toBeUndefined();
  expect(option("loras")).toBeUndefined();
  expect(requestOptions([]).some(({ name }) => name === "image")).toBe(true);
});

it("never gives two fields the same option or letter", () => {
  const names = options.flatMap(({ option, short }) => [`--${option}`, ...(short === undefined ? [] : [`-${short}`])]);
  expect(new Set(names).size).toBe(names.length);
});
