import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readModelInfo } from "../../gpu-worker/weights/folder/model-folder.ts";
import { verifyModel } from "../../gpu-worker/weights/folder/model-manifest.ts";
import { catalogModel } from "../../shared/model-catalog/model-catalog.ts";
import { defaultModel } from "../default-model.ts";
import { trainedObjects } from "./list-objects.ts";
import { factsText, tinyFacts } from "./write-model-facts.ts";

it("says of the committed model what it was trained on, in a folder that is as its manifest says", async () => {
  const facts = tinyFacts(await trainedObjects());
  expect(await readFile(join(defaultModel.dir, "model_facts.json"), "utf8")).toBe(factsText(facts));
  expect(await verifyModel(defaultModel.dir)).toEqual([]);
});

it("gives examples that name what it knows, in both languages", async () => {
  const { vocabulary, examples = [] } = tinyFacts(await trainedObjects());
  expect(vocabulary?.things).toHaveLength(400);
  for (const language of ["en", "zh"] as const) {
    const unknown = examples.filter(
      (one) => !vocabulary?.things.some((thing) => one[language].includes(thing[language])),
    );
    expect(unknown, language).toEqual([]);
  }
});

it("reaches the catalogue through the folder", async () => {
  const model = catalogModel(await readModelInfo(defaultModel.dir, { modelId: defaultModel.id }));
  expect(model).toMatchObject({
    ownedBy: "z-image-pipeline",
    licence: "Apache-2.0",
    source: "models/zimage-tiny",
    revision: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    nativeSizes: [{ width: 128, height: 128 }],
    defaultSteps: 2,
  });
  expect(model.vocabulary?.backgrounds).toContainEqual({ en: "white", zh: "白色" });
});
