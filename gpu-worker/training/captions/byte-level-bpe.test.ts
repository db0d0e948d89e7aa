import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Tokenizer } from "@huggingface/tokenizers";
import { describe, expect, it, onTestFinished } from "vitest";
import { loadTokenizer } from "../../weights/folder/load-tokenizer.ts";
import { type BytePairTokenizer, specialTokens, trainByteLevelBpe } from "./byte-level-bpe.ts";

const model = ({ tokenizer }: BytePairTokenizer) =>
  tokenizer.model as { vocab: Record<string, number>; merges: [string, string][] };

describe("a byte-level byte-pair tokenizer", () => {
  it("merges the most frequent pair first, of equals the smaller ids, and none below the minimum", () => {
    // Three words: aab ×3, " bab" ×2, c ×1. Pairs: ab 3+2, aa 3, Ġb 2, ba 2.
    const trained = trainByteLevelBpe(["aab", "aab bab", "aab bab", "c"], { vocabSize: 1000 });
    expect(model(trained).merges).toEqual([
      ["a", "b"], // 5
      ["a", "ab"], // 3
      ["b", "ab"], // 2, as is Ġ+b; b has the smaller id
      ["Ġ", "bab"], // 2
    ]);
    expect(trained.vocabSize).toBe(256 + 4 + 5);
  });

  it("numbers bytes, merged tokens, special tokens, in this order", () => {
    const trained = trainByteLevelBpe(["aaaa", "aaaa"], { vocabSize: 256 + 2 + 5 });
    const { vocab } = model(trained);
    expect([vocab["!"], vocab.aa, vocab.aaaa]).toEqual([0, 256, 257]);
    expect(Object.keys(vocab).length).toBe(258);
    const added = trained.tokenizer.added_tokens as { id: number; content: string }[];
    expect(added.map(({ id, content }) => [id, content])).toEqual(specialTokens.map((token, i) => [258 + i, token]));
    expect(() => trainByteLevelBpe([], { vocabSize: 260 })).toThrow("at least 261");
  });

  it("does not depend on the order of its pieces", () => {
    const pieces = ["red apple", "green apple", "红苹果", "青苹果", " apple pie"];
    const forwards = trainByteLevelBpe(pieces, { vocabSize: 300 });
    expect(trainByteLevelBpe(pieces.toReversed(), { vocabSize: 300 })).toEqual(forwards);
  });

  it("is loaded by the pipeline, round-trips any text, and knows the chat form", async () => {
    const trained = trainByteLevelBpe(["user", "assistant", "user", "assistant", "苹果", "苹果"], { vocabSize: 400 });
    const dir = await mkdtemp(join(tmpdir(), "bpe-"));
    onTestFinished(() => rm(dir, { recursive: true }));
    await writeFile(join(dir, "tokenizer.json"), JSON.stringify(trained.tokenizer));
    await writeFile(join(dir, "tokenizer_config.json"), JSON.stringify(trained.config));
    const tokenizer = await loadTokenizer(dir);
    // <|im_start|> user \n <|im_end|> \n <|im_start|> assistant \n
    expect(tokenizer.tokenizePrompt("").tokenCount).toBe(8);
    expect(tokenizer.tokenize("苹果").length).toBe(1);
    const decoder = new Tokenizer(trained.tokenizer, trained.config);
    for (const text of ["A cat's  hat,\n 12 of them!", "一个红苹果，“白底图”。", "😀 naïve\r\n\ttabs", "\u0000ÿ­"]) {
      expect(decoder.decode([...tokenizer.tokenize(text)])).toBe(text);
    }
    expect(tokenizer.tokenize("e\u0301")).toEqual(tokenizer.tokenize("\u00e9")); // NFC
  });
});
