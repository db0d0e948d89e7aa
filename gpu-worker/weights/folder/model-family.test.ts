import { expect, it } from "vitest";
import { familyOfFile } from "./model-family.ts";

it.each([
  ["moodyMixZIT_v9.safetensors", "turbo"],
  ["my_zit_merge.safetensors", "turbo"],
  ["z_image_turbo_bf16.safetensors", "turbo"],
  ["Mystic XXX ZIT v2.safetensors", "turbo"],
  ["z_image_bf16.safetensors", "base"],
  ["z_image_bf16.gguf", "base"],
  ["z-image-Q8_0.gguf", "base"],
  ["z_image_int8_convrot.safetensors", "base"],
  ["zImageBase_v10.safetensors", "base"],
  ["myFinetuneZIB_v1.safetensors", "base"],
  ["z_image_de_turbo_v1.safetensors", "base"],
])("takes %s for %s by its name", (name, family) => {
  expect(familyOfFile(`/models/${name}`)).toEqual({ family, reason: "its name says so" });
});

it("believes the metadata before the name, and says what is assumed without either", () => {
  expect(familyOfFile("unstableRevolution_Bf16.safetensors", ["Z-Image Base fine-tune"])).toEqual({
    family: "base",
    reason: 'its metadata says "Z-Image Base fine-tune"',
  });
  const { family, reason } = familyOfFile("unstableRevolution_Bf16.safetensors");
  expect(family).toBe("turbo");
  expect(reason).toContain("assumed, as neither its name nor its metadata says");
});
