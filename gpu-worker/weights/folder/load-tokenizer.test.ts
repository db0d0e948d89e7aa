import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { InvalidFileError } from "../../../shared/errors.ts";
import { loadTokenizer } from "./load-tokenizer.ts";

const folder = "test/golden/checkpoints/tiny-turbo/tokenizer";

describe("a damaged tokenizer.json", () => {
  const model = { type: "BPE", vocab: { a: 0 }, merges: [] };
  it.each([
    ["nothing", ""],
    ["no JSON", "{"],
    ["an array", "[]"],
    ["a deep array", "[".repeat(100_000)],
    ["no model", "{}"],
    ["another model", { model: { type: "Unigram", vocab: [] }, added_tokens: [] }],
    ["a vocabulary of strings", { model: { ...model, vocab: { a: "0" } }, added_tokens: [] }],
    ["negative ids", { model: { ...model, vocab: { a: -1 } }, added_tokens: [] }],
    ["merges of three", { model: { ...model, merges: [["a", "b", "c"]] }, added_tokens: [] }],
    ["no chat tokens", { model, added_tokens: [] }],
    [
      "a bad regular expression",
      { model, added_tokens: [], pre_tokenizer: { type: "Split", pattern: { Regex: "(" } } },
    ],
    ["an unknown normalizer", { model, added_tokens: [], normalizer: { type: "Evil" } }],
  ])("with %s is refused by name", async (_, content) => {
    const dir = await mkdtemp(join(tmpdir(), "tokenizer-"));
    onTestFinished(() => rm(dir, { recursive: true }));
    await cp(join(folder, "tokenizer_config.json"), join(dir, "tokenizer_config.json"));
    await writeFile(join(dir, "tokenizer.json"), typeof content === "string" ? content : JSON.stringify(content));
    const loading = loadTokenizer(dir);
    await expect(loading).rejects.toThrow(InvalidFileError);
    await expect(loading).rejects.toThrow("tokenizer.json");
  });

  it("cut in half is refused", async () => {
    const dir = await mkdtemp(join(tmpdir(), "tokenizer-"));
    onTestFinished(() => rm(dir, { recursive: true }));
    await cp(join(folder, "tokenizer_config.json"), join(dir, "tokenizer_config.json"));
    const whole = await readFile(join(folder, "tokenizer.json"));
    await writeFile(join(dir, "tokenizer.json"), whole.subarray(0, whole.length / 2));
    await expect(loadTokenizer(dir)).rejects.toThrow("cannot be read as JSON");
  });
});
