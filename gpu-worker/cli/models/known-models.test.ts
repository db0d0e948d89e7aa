import { expect, it } from "vitest";
import { formSources, type KnownModel, knownModels, pullForms } from "./known-models.ts";

const models = Object.keys(knownModels) as KnownModel[];

it("knows every small form by a transformer, an encoder, a VAE, a tokenizer and a scheduler", () => {
  for (const model of models) {
    for (const form of pullForms.filter((known) => known !== "published")) {
      const parts = formSources(model, form)?.flatMap(({ needed }) => needed.map((path) => path.split("/")[0]!));
      if (parts === undefined) continue;
      expect([...new Set(parts)].sort(), `${model} ${form}`).toEqual([
        "diffusion_models",
        "scheduler",
        "text_encoders",
        "tokenizer",
        "vae",
      ]);
    }
  }
});

it("has none for a form that nobody publishes", () => {
  expect(formSources("z-image", "fp8")).toBeUndefined();
  expect(formSources("z-image-turbo", "fp8")).toBeDefined();
});

it.each([
  ["model_index.json", true],
  ["LICENSE.md", true],
  ["transformer/diffusion_pytorch_model-00001-of-00003.safetensors", true],
  ["tokenizer/chat_template.jinja", true],
  ["assets/showcase.jpg", false],
  ["transformer/model.bin", false],
  ["transformer/nested/config.json", false],
  ["../model_index.json", false],
])("takes %s of a published folder: %s", (path, taken) => {
  const [source] = formSources("z-image-turbo", "published")!;
  expect(source!.place(path)).toBe(taken ? path : undefined);
});

it("takes no weights from the repository that the tokenizer comes from", () => {
  const sources = formSources("z-image-turbo", "gguf-q4")!;
  const companions = sources.at(-1)!;
  expect(companions.place("tokenizer/tokenizer.json")).toBe("tokenizer/tokenizer.json");
  expect(companions.place("transformer/diffusion_pytorch_model.safetensors")).toBeUndefined();
  expect(sources[0]!.place("z-image-turbo-Q4_0.gguf")).toBe("diffusion_models/z-image-turbo-Q4_0.gguf");
  expect(sources[0]!.place("z-image-turbo-Q8_0.gguf")).toBeUndefined();
});
