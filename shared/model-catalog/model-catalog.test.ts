import { expect, it } from "vitest";
import { catalogModel, findModel } from "./model-catalog.ts";

it("answers to the names that clients of other services send", () => {
  const models = [catalogModel({ id: "z-image-turbo", family: "turbo", random: false })];
  for (const name of ["z-image-turbo", "Tongyi-MAI/Z-Image-Turbo", "prunaai/z-image-turbo", "fal-ai/z-image/turbo"]) {
    expect(findModel(models, name)?.id).toBe("z-image-turbo");
  }
  expect(findModel(models, "gpt-image-1")).toBeUndefined();
});

it("says of random weights that they are", () => {
  const model = catalogModel({ id: "z-image-turbo", family: "turbo", random: true });
  expect(model).toMatchObject({
    random: true,
    source: "random weights",
    name: expect.stringContaining("random weights"),
  });
  expect(findModel([model], "Tongyi-MAI/Z-Image-Turbo")).toBe(model);
});

it("lets a checkpoint with a name of its own answer to its family's names too", () => {
  const model = catalogModel({ id: "my-folder", family: "base", random: false });
  expect(model.id).toBe("my-folder");
  expect(findModel([model], "z-image")).toBe(model);
  expect(findModel([model], "z-image-turbo")).toBeUndefined();
});

it("takes a checkpoint's own steps and guidance, or else those of its family's release", () => {
  const few = { id: "few", family: "turbo", random: false, defaultSteps: 2, defaultGuidance: 0 } as const;
  expect(catalogModel(few)).toMatchObject({ defaultSteps: 2, defaultGuidance: 0, guidanceSupported: false });
  expect(catalogModel({ id: "z-image", family: "base", random: false })).toMatchObject({
    defaultSteps: 50,
    defaultGuidance: 4,
  });
});

it("prefers an id over an alias", () => {
  const mine = catalogModel({ id: "my-folder", family: "turbo", random: false });
  const released = catalogModel({ id: "z-image-turbo", family: "turbo", random: false });
  expect(findModel([mine, released], "z-image-turbo")).toBe(released);
});

it("names who trained a model: its release, this project, or somebody else", () => {
  const owner = (id: string, random = false) => catalogModel({ id, family: "turbo", random }).ownedBy;
  expect(["z-image-turbo", "zimage-tiny", "my-finetune"].map((id) => owner(id))).toEqual([
    "Tongyi-MAI",
    "z-image-pipeline",
    "custom",
  ]);
  expect(owner("z-image-turbo", true)).toBe("custom");
});
