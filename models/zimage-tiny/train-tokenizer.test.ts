import { Tokenizer } from "@huggingface/tokenizers";
import { beforeAll, describe, expect, it } from "vitest";
import type { PromptTokenizer } from "../../gpu-worker/pipeline/prompt/tokenizer.ts";
import { randomStream } from "../../gpu-worker/training/data/random-stream.ts";
import { loadTokenizer } from "../../gpu-worker/weights/folder/load-tokenizer.ts";
import { backgroundCaptions, heldOutCaptions, scoreCaptions, trainingCaption } from "./dataset/captions.ts";
import { type EmojiObject, languages } from "./dataset/emoji-object.ts";
import { loadObjects } from "./dataset/objects.ts";
import tokenizerFile from "./tokenizer/tokenizer.json" with { type: "json" };
import tokenizerConfig from "./tokenizer/tokenizer_config.json" with { type: "json" };
import { tokenizerPieces } from "./train-tokenizer.ts";

describe("the committed tokenizer", () => {
  let tokenizer: PromptTokenizer;
  let objects: readonly EmojiObject[];
  beforeAll(async () => {
    tokenizer = await loadTokenizer("models/zimage-tiny/tokenizer");
    objects = await loadObjects();
  });

  it("has 3072 tokens and spends 8 on the frame of a prompt", () => {
    expect(Object.keys(tokenizerFile.model.vocab).length + tokenizerFile.added_tokens.length).toBe(3072);
    expect(tokenizer.tokenizePrompt("").tokenCount).toBe(8);
  });

  // Captions are padded to a multiple of 32: within it, training needs no masks. A few of those with words that say
  // nothing are longer.
  it("fits every caption without filler into 32 tokens", () => {
    const lengths = objects.flatMap((object, i) => {
      const trained = [0, 1, 2].map((epoch) => trainingCaption(object, randomStream(1, epoch, i), { filler: 0 }).text);
      const scored = languages.flatMap((language) => [
        scoreCaptions(object, language)[i % 20]!,
        ...backgroundCaptions(object, language, "purple").slice(2, 4),
        heldOutCaptions(object, language)[1]!,
      ]);
      return [...trained, ...scored].map((text) => tokenizer.tokenizePrompt(text).tokenCount);
    });
    expect(Math.max(...lengths)).toBeLessThanOrEqual(32);
  });

  it("lets no token span a template and a name, and round-trips", () => {
    const name = tokenizer.tokenize("红苹果");
    expect(tokenizer.tokenize("一个红苹果").slice(-name.length)).toEqual(name);
    const decoder = new Tokenizer(tokenizerFile, tokenizerConfig);
    for (const text of ["A red apple, 3D render.", "一个红苹果，白底图。", "naïve 😀 龘"]) {
      expect(decoder.decode([...tokenizer.tokenize(text)])).toBe(text);
    }
  });
});

it("learns from names, tags and fragments, never from whole captions", () => {
  const object = { hexcode: "1", en: "red apple", zh: "红苹果", tags: { en: ["ripe"], zh: [] } };
  const pieces = new Set(tokenizerPieces([object], ["other"]));
  for (const piece of ["red apple", " red apple", "红苹果", "ripe", "other", "一个", "的图片", "purple"])
    expect(pieces).toContain(piece);
  expect([...pieces].filter((piece) => piece.includes("红苹果")).map((piece) => piece.trim())).toEqual([
    "红苹果",
    "红苹果",
  ]);
});
