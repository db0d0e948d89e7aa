import type { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import { maxSequenceLength as defaultMaxSequenceLength } from "../../../shared/limits.ts";

export interface PromptTokens {
  /** 1..maxSequenceLength ids of the prompt in its chat form. */
  readonly inputIds: readonly number[];
  /** Length before truncation. */
  readonly tokenCount: number;
  readonly truncated: boolean;
}

export interface PromptTokenizer {
  /** Ids of bare text. Special-token text inside it becomes real special tokens, as in the reference. */
  tokenize(text: string): readonly number[];
  /** Ids of `chatForm(prompt)`, cut from the right to `maxSequenceLength`: a long prompt loses the assistant suffix. */
  tokenizePrompt(prompt: string, maxSequenceLength?: number): PromptTokens;
}

/**
 * The prompt as one user message of the Qwen3 chat template (`add_generation_prompt`, `enable_thinking`). Neither
 * stripped nor escaped.
 * @see diffusers `pipeline_z_image.py`, `_encode_prompt`
 */
export function chatForm(prompt: string): string {
  return `<|im_start|>user\n${prompt}<|im_end|>\n<|im_start|>assistant\n`;
}

/** Prompts as `tokenizer` cuts them. */
export function promptTokenizer(tokenizer: HuggingFaceTokenizer): PromptTokenizer {
  const tokenize = (text: string) => tokenizer.encode(text, { add_special_tokens: false }).ids;
  return {
    tokenize,
    tokenizePrompt(prompt, maxSequenceLength = defaultMaxSequenceLength) {
      const ids = tokenize(chatForm(prompt));
      return {
        inputIds: ids.slice(0, maxSequenceLength),
        tokenCount: ids.length,
        truncated: ids.length > maxSequenceLength,
      };
    },
  };
}
