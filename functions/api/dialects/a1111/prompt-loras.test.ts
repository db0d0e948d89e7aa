import { expect, it } from "vitest";
import { takeLoras } from "./prompt-loras.ts";

it("takes each tag out of the prompt, in order, and closes the gaps", () => {
  expect(takeLoras("a <lora:ink:0.5> red <lyco:styles/wash:-1> fox")).toEqual({
    prompt: "a red fox",
    loras: [
      { name: "ink", scale: 0.5 },
      { name: "styles/wash", scale: -1 },
    ],
  });
});

it.each([
  ["<lora:ink>", 1],
  ["<lora:ink:>", 1],
  ["<lora:ink:0.5:0.8>", 0.8],
  ["<lora:ink:0>", 0],
])("reads the weight of %s as %d", (prompt, scale) => {
  expect(takeLoras(prompt)).toEqual({ prompt: "", loras: [{ name: "ink", scale }] });
});

it("leaves a prompt without a tag as it is, spaces included", () => {
  for (const prompt of [" two  spaces ", "a < b", "<lora:>", "<hypernet:x:1>"]) {
    expect(takeLoras(prompt)).toEqual({ prompt, loras: [] });
  }
});

it.each(["<lora:ink:strong>", "<lora:ink:Infinity>", "<lora:ink:0.5:much>"])("refuses the weight of %s", (tag) => {
  expect(() => takeLoras(`a fox ${tag}`)).toThrow(
    expect.objectContaining({ param: "prompt", code: "invalid_value", message: expect.stringContaining(tag) }),
  );
});
