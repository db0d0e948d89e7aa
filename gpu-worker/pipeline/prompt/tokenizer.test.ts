import { beforeAll, describe, expect, it } from "vitest";
import { loadTokenizer } from "../../weights/folder/load-tokenizer.ts";
import { chatForm, type PromptTokenizer } from "./tokenizer.ts";

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
