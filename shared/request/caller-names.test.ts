import { expect, it } from "vitest";
import { InvalidInputError, LimitError, NotFoundError } from "../errors.ts";
import { withCallerNames } from "./caller-names.ts";
import { InvalidRequestError } from "./field-errors.ts";

const names: { readonly [param: string]: string } = { image: "image_url", mask: "mask_url", "loras.0": "loras.0.path" };
const rename = (error: unknown) => withCallerNames(error, (param) => names[param]);

it("names the field as the caller did, in param and message, and keeps the kind of the error", () => {
  const image = new InvalidInputError("invalid_image", "image responds with status 404", { param: "image" });
  expect(rename(image)).toMatchObject({ param: "image_url", message: "image_url responds with status 404" });
  const lora = rename(new NotFoundError("adapter_not_found", "loras.0 names none", { param: "loras.0" }));
  expect(lora).toBeInstanceOf(NotFoundError);
  expect(lora).toMatchObject({ code: "adapter_not_found", param: "loras.0.path", message: "loras.0.path names none" });
});

it("names both fields where one needs the other, and each of several that are wrong", () => {
  const message = "mask needs image, which is missing; give both";
  const several = new InvalidRequestError([
    { param: "mask", code: "invalid_value", message },
    { param: "n", code: "invalid_value", message: "n must be at least 1, got 0" },
  ]);
  expect((rename(several) as InvalidRequestError).errors).toEqual([
    { param: "mask_url", code: "invalid_value", message: "mask_url needs image_url, which is missing; give both" },
    { param: "n", code: "invalid_value", message: "n must be at least 1, got 0" },
  ]);
});

it("leaves alone what names no field", () => {
  for (const error of [new LimitError("queue_full", "full", 1), new TypeError("a bug")])
    expect(rename(error)).toBe(error);
});
