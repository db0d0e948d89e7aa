import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { InvalidFileError } from "../../../shared/errors.ts";
import { chatForm, loadTokenizer, type PromptTokenizer } from "./tokenizer.ts";

const folder = "test/golden/checkpoints/tiny-turbo/tokenizer";

describe("the Qwen3 tokenizer", () => {
  let tokenizer: PromptTokenizer;
  beforeAll(async () => {
    tokenizer = await loadTokenizer(folder);
  });

  it("wraps a prompt as one user message", () => {
    expect(chatForm("a cat")).toBe("<|im_start|>user\na cat<|im_end|>\n<|im_start|>assistant\n");
  });

  it("gives the 8 tokens of the empty prompt", () => {
    const inputIds = [151644, 872, 198, 151645, 198, 151644, 77091, 198];
    expect(tokenizer.tokenizePrompt("")).toEqual({ inputIds, tokenCount: 8, truncated: false });
  });

  it("cuts from the right and says so", () => {
    const cut = tokenizer.tokenizePrompt("cat ".repeat(600));
    expect(cut.inputIds.length).toBe(512);
    expect(cut.inputIds.slice(0, 3)).toEqual([151644, 872, 198]);
    expect(cut.truncated).toBe(true);
    expect(cut.tokenCount).toBeGreaterThan(600);
  });

  it("copes with the longest prompts the API lets through", () => {
    for (const prompt of ["a".repeat(10_000), "造".repeat(10_000), "\ud800".repeat(10_000), " \n".repeat(5000)]) {
      expect(tokenizer.tokenizePrompt(prompt).inputIds.length).toBeLessThanOrEqual(512);
    }
  });
});

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
