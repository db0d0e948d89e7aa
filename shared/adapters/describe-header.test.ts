import { expect, it } from "vitest";
import { describeHeader } from "./describe-header.ts";

const describeFile = (metadata: { [key: string]: string }, tensors: { [name: string]: number[] } = {}) =>
  describeHeader({
    tensors: new Map(Object.entries(tensors).map(([name, shape]) => [name, { shape }])),
    metadata: new Map(Object.entries(metadata)),
  });

it("takes the most frequent rank of the down matrices, whatever their trainer calls them", () => {
  const tensors = {
    "a.lora_A.weight": [8, 64],
    "b.lora_down.weight": [16, 64],
    "c.lora.down.weight": [16, 64],
    "d.lora_B.weight": [64, 99],
    "e.weight": [99, 99],
  };
  expect(describeFile({}, tensors).rank).toBe(16);
  expect(describeFile({}, { "e.weight": [99, 99] }).rank).toBeUndefined();
});

it("takes the first base model that is named, cut to a bounded length", () => {
  expect(describeFile({ base_model: "b", ss_base_model_version: "  " }).base).toBe("b");
  expect(describeFile({ baseModel: "x".repeat(1_000) }).base).toHaveLength(60);
  expect(describeFile({}).base).toBeUndefined();
});

it("takes licence and source from the metadata, cut to a bounded length", () => {
  const described = describeFile({
    "modelspec.license": "CC-BY-4.0",
    source: `https://example.com/${"x".repeat(999)}`,
  });
  expect(described).toMatchObject({ licence: "CC-BY-4.0", origin: expect.stringMatching(/^https:.{294}$/) });
  expect(describeFile({ license: " " }).licence).toBeUndefined();
});

it.each([
  ["ohwx, ink drawing,", ["ohwx", "ink drawing"]],
  ['["ohwx", " ink "]', ["ohwx", "ink"]],
  ["42", ["42"]],
  [Array.from({ length: 20 }, (_, i) => `w${i}`).join(","), ["w0", "w1", "w2", "w3", "w4", "w5", "w6", "w7"]],
])("reads the trigger phrase case %#", (phrase, words) => {
  expect(describeFile({ trigger_word: phrase }).triggerWords).toEqual(words);
});

it("else takes the tags that every caption has, summed over folders", () => {
  const tags = { one: { ohwx: 3, cat: 2 }, two: { ohwx: 1, dog: 4 } };
  expect(describeFile({ ss_tag_frequency: JSON.stringify(tags) }).triggerWords).toEqual(["ohwx", "dog"]);
});

it.each([
  "{",
  "[]",
  "null",
  '{"a":1}',
  '{"a":{"b":"c"}}',
  '{"a":{"b":1}}',
  `"${"x".repeat(5_000_000)}"`,
])("finds no words in case %#", (text) =>
  expect(describeFile({ ss_tag_frequency: text }).triggerWords).toBeUndefined());
