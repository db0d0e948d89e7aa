import type { Tensor } from "../tensor.ts";
import type { TextEncoder } from "./components.ts";
import type { PromptTokenizer, PromptTokens } from "./tokenizer.ts";

export interface EncodedPrompt {
  readonly tokens: PromptTokens;
  /** `[T, capFeatDim]`, valid tokens only. */
  readonly embeds: Tensor;
}

/** Tokenizes and encodes prompts. The last few results are kept: variations of one prompt and the empty negative prompt come again and again. */
export class PromptEncoder {
  readonly #tokenizer: PromptTokenizer;
  readonly #textEncoder: TextEncoder;
  readonly #capacity: number;
  /** In order of use, the oldest first. */
  readonly #recent = new Map<string, EncodedPrompt>();

  /** @param capacity - results kept; one of 512 tokens at width 2560 takes 5 MB */
  constructor(tokenizer: PromptTokenizer, textEncoder: TextEncoder, capacity = 16) {
    this.#tokenizer = tokenizer;
    this.#textEncoder = textEncoder;
    this.#capacity = capacity;
  }

  async encode(prompt: string, maxSequenceLength: number): Promise<EncodedPrompt> {
    const key = `${maxSequenceLength} ${prompt}`;
    let encoded = this.#recent.get(key);
    if (!encoded) {
      const tokens = this.#tokenizer.tokenizePrompt(prompt, maxSequenceLength);
      encoded = { tokens, embeds: await this.#textEncoder.encode(tokens.inputIds) };
    }
    this.#recent.delete(key);
    this.#recent.set(key, encoded);
    for (const oldest of this.#recent.keys()) {
      if (this.#recent.size <= this.#capacity) break;
      this.#recent.delete(oldest);
    }
    return encoded;
  }
}
