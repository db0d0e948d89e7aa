import { expect, it } from "vitest";
import { assertMaskFits, hasNoAlpha, marksNothing } from "./mask-rules.ts";

const image = { width: 1_000, height: 500 };

it.each([
  [{ width: 1_000, height: 500 }],
  [{ width: 100, height: 50 }],
  [{ width: 1_019, height: 500 }],
  [{ width: 981, height: 500 }],
])("takes a mask of %j for an image of 1000×500", (mask) => expect(() => assertMaskFits(mask, image)).not.toThrow());

it.each([
  [{ width: 500, height: 1_000 }],
  [{ width: 1_021, height: 500 }],
  [{ width: 979, height: 500 }],
])("refuses a mask of %j and says both sizes", (mask) => {
  expect(() => assertMaskFits(mask, image, "mask_url")).toThrow(
    expect.objectContaining({
      code: "invalid_image",
      param: "mask_url",
      message: expect.stringContaining(`1000×500; got ${mask.width}×${mask.height}`),
    }),
  );
});

it("says which parts a mask would have to mark", () => {
  expect(marksNothing("white", "mask").message).toContain("no part of it is white");
  expect(marksNothing("transparent", "mask").message).toContain("no part of it is transparent");
  expect(hasNoAlpha("mask_url")).toMatchObject({ code: "invalid_image", param: "mask_url" });
});
