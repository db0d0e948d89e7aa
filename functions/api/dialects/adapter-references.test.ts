import { expect, it } from "vitest";
import { InvalidRequestError } from "../../../shared/request/field-errors.ts";
import { turbo } from "../../../test/support/api/api-under-test.ts";
import { loraOf, onlyControlNet } from "./adapter-references.ts";

it.each([
  "https://example.com/ink.safetensors",
  "HTTP://example.com/ink",
  "owner/ink-lora_v1.0",
])("takes %s for a path", (text) => {
  expect(loraOf(text)).toEqual({ path: text });
});

it.each([
  "ink",
  "lora_01ARZ3NDEKTSV4RRFFQ69G5FAV",
  "owner/name/deeper",
  "ftp://example.com/ink",
  "",
])("takes %j for an id", (text) => {
  expect(loraOf(text)).toEqual({ id: text });
});

it("chooses the same ControlNet whatever the order in which workers name them", () => {
  for (const names of [
    ["union", "canny"],
    ["canny", "union"],
  ]) {
    const adapters = { loras: new Set<string>(), controlnets: new Set(names) };
    expect(onlyControlNet({ ...turbo, adapters }, "control_image")).toBe("canny");
  }
});

it.each([
  ["no list", undefined],
  ["an empty list", { loras: new Set<string>(), controlnets: new Set<string>() }],
])("refuses under the caller's field where there is %s of ControlNets", (_, adapters) => {
  const choose = () => onlyControlNet({ ...turbo, adapters }, "control_image");
  expect(choose).toThrow(InvalidRequestError);
  expect(choose).toThrow(
    expect.objectContaining({
      code: "unsupported_capability",
      param: "control_image",
      message: expect.stringContaining("GET /v1/adapters"),
    }),
  );
});
