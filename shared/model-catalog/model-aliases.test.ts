import { expect, it } from "vitest";
import { readModelAliases, withModelAliases } from "./model-aliases.ts";
import { catalogModel, findModel } from "./model-catalog.ts";

const models = [
  catalogModel({ id: "my-turbo", family: "turbo", random: false }),
  catalogModel({ id: "z-image", family: "base", random: false }),
];
const named = (text: string) => withModelAliases(models, readModelAliases(text, "MODEL_ALIASES"), "MODEL_ALIASES");

it("reads nothing, and pairs with or without spaces", () => {
  expect(readModelAliases(undefined, "MODEL_ALIASES")).toEqual([]);
  expect(readModelAliases(" dall-e-3=my-turbo , gpt-image-1 = z-image,", "MODEL_ALIASES")).toEqual([
    { name: "dall-e-3", model: "my-turbo" },
    { name: "gpt-image-1", model: "z-image" },
  ]);
});

it("names models by their ids and aliases, and lists the names", () => {
  const found = named("dall-e-3=my-turbo,dall-e-2=z-image-turbo,gpt-image-1=z-image");
  expect(findModel(found, "dall-e-3")).toMatchObject({ id: "my-turbo", listedNames: ["dall-e-3", "dall-e-2"] });
  expect(findModel(found, "gpt-image-1")?.id).toBe("z-image");
  expect(findModel(found, "gpt-image-2")).toBeUndefined();
});

it.each([
  ["dall-e-3", /MODEL_ALIASES must be pairs NAME=MODEL.*got "dall-e-3"; for example/],
  ["a=b=c", /must be pairs/],
  ["dall-e-3=sdxl", /MODEL_ALIASES: sdxl is not served here; there is my-turbo, z-image/],
  ["z-image=my-turbo", /z-image is the name of a model already/],
  ["x=z-image,x=my-turbo", /x is the name of a model already/],
])("refuses %s", (text, message) => {
  expect(() => named(text)).toThrow(message);
});
