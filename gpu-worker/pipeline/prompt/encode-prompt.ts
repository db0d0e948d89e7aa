import type { Tensor } from "../../tensor.ts";
import type { TextEncoder } from "../components.ts";
import { LruCache } from "../lru-cache.ts";
import type { PromptTokenizer, PromptTokens } from "./tokenizer.ts";

export interface EncodedPrompt {
  readonly tokens: PromptTokens;
  /** `[T, capFeatDim]`, valid tokens only. */
  readonly embeds: Tensor;
}

/** One of 512 tokens at width 2560 takes 5 MB. */
const defaultCacheBytes = 128 * 2 ** 20;

/**
 * Tokenizes and encodes prompts. Recent results are kept: variations of one prompt and the empty negative prompt come
 * again and again.
 */
export class PromptEncoder {
  readonly #tokenizer: PromptTokenizer;
  readonly #textEncoder: TextEncoder;
  readonly #recent: LruCache<EncodedPrompt>;

  /** @param cacheBytes - of embeddings that are kept */
  constructor(tokenizer: PromptTokenizer, textEncoder: TextEncoder, cacheBytes = defaultCacheBytes) {
    this.#tokenizer = tokenizer;
    this.#textEncoder = textEncoder;
    this.#recent = new LruCache(cacheBytes, ({ embeds }) => embeds.data.byteLength);
  }

  /** A prompt in its chat form. */
  encode(prompt: string, maxSequenceLength: number): Promise<EncodedPrompt> {
    return this.#cached(`prompt ${maxSequenceLength} ${prompt}`, () =>
      this.#tokenizer.tokenizePrompt(prompt, maxSequenceLength),
    );
  }

  /** Text as it is. */
  encodeText(text: string, maxSequenceLength: number): Promise<EncodedPrompt> {
    return this.#cached(`text ${maxSequenceLength} ${text}`, () => {
      const ids = this.#tokenizer.tokenize(text);
      return {
        inputIds: ids.slice(0, maxSequenceLength),
        tokenCount: ids.length,
        truncated: ids.length > maxSequenceLength,
      };
    });
  }

  async #cached(key: string, tokenize: () => PromptTokens): Promise<EncodedPrompt> {
    const known = this.#recent.get(key);
    if (known) return known;
    const tokens = tokenize();
    const encoded = { tokens, embeds: await this.#textEncoder.encode(tokens.inputIds) };
    this.#recent.set(key, encoded);
    return encoded;
  }
}
