/** The words that Qwen2 splits a text into before any merge; no token crosses a word. */
const wordPattern =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/** Special tokens of the chat template, and those that mark the end of a text and the bounds of an image. */
export const specialTokens = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>"];

export interface BytePairOptions {
  /**
   * Entries altogether: 256 bytes, merged tokens, special tokens. May end up smaller when the pieces hold no more
   * frequent pairs.
   */
  readonly vocabSize: number;
  /** A pair that occurs less often is never merged. @default 2 */
  readonly minFrequency?: number;
}

export interface BytePairTokenizer {
  /** Content of `tokenizer.json`. */
  readonly tokenizer: Readonly<Record<string, unknown>>;
  /** Content of `tokenizer_config.json`. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly vocabSize: number;
}

interface Word {
  ids: number[];
  readonly count: number;
}

/**
 * Trains a byte-level byte-pair tokenizer in the form of Qwen2: NFC, split into words, each word as UTF-8 bytes, then
 * the most frequent neighbours merged again and again; of equally frequent pairs the one of the smaller ids. The order
 * of `pieces` has no influence.
 *
 * @param pieces - texts, each counted as often as it comes. A token cannot be longer than a piece: where a prompt is a
 * template around a name, give templates and names apart, or Chinese, which has no spaces, gets tokens of template and
 * name together
 * @see Sennrich et al., "Neural machine translation of rare words with subword units", 2016; Hugging Face tokenizers
 * `bpe/trainer.rs`
 */
export function trainByteLevelBpe(
  pieces: Iterable<string>,
  { vocabSize, minFrequency = 2 }: BytePairOptions,
): BytePairTokenizer {
  const alphabet = byteCharacters();
  const tokens = alphabet.toSorted((a, b) => a.codePointAt(0)! - b.codePointAt(0)!);
  const mergedCount = vocabSize - tokens.length - specialTokens.length;
  if (mergedCount < 0)
    throw new Error(`vocabSize must be at least ${tokens.length + specialTokens.length}, got ${vocabSize}`);
  const idOf = new Map(tokens.map((token, id) => [token, id]));
  const words = countWords(pieces).map(
    ([text, count]): Word => ({ ids: [...Buffer.from(text)].map((byte) => idOf.get(alphabet[byte]!)!), count }),
  );

  const pairCounts = new Map<number, number>();
  for (const word of words) countPairs(pairCounts, word, 1);
  const merges: [string, string][] = [];
  while (tokens.length < alphabet.length + mergedCount) {
    const best = mostFrequent(pairCounts, minFrequency);
    if (best === undefined) break;
    const [left, right] = [Math.floor(best / pairBase), best % pairBase];
    const token = tokens[left]! + tokens[right]!;
    merges.push([tokens[left]!, tokens[right]!]);
    // "ab"+"c" and "a"+"bc" are one token reached by two merges.
    const id = idOf.get(token) ?? tokens.push(token) - 1;
    idOf.set(token, id);
    for (const word of words) {
      if (!hasPair(word.ids, left, right)) continue;
      countPairs(pairCounts, word, -1);
      word.ids = mergePair(word.ids, left, right, id);
      countPairs(pairCounts, word, 1);
    }
  }
  return {
    tokenizer: tokenizerFile(tokens, merges),
    config: configFile(tokens.length),
    vocabSize: tokens.length + specialTokens.length,
  };
}

/** Room for the ids of both sides in one exact number. */
const pairBase = 2 ** 24;

function countWords(pieces: Iterable<string>): [string, number][] {
  const word = new RegExp(wordPattern, "gu");
  const counts = new Map<string, number>();
  for (const piece of pieces) {
    for (const [text] of piece.normalize("NFC").matchAll(word)) counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts];
}

function countPairs(counts: Map<number, number>, { ids, count }: Word, sign: 1 | -1): void {
  for (let i = 1; i < ids.length; i++) {
    const pair = ids[i - 1]! * pairBase + ids[i]!;
    const total = (counts.get(pair) ?? 0) + sign * count;
    if (total === 0) counts.delete(pair);
    else counts.set(pair, total);
  }
}

function mostFrequent(counts: ReadonlyMap<number, number>, minFrequency: number): number | undefined {
  let best: number | undefined;
  let most = Math.max(1, minFrequency);
  for (const [pair, count] of counts) {
    if (count > most || (count === most && (best === undefined || pair < best))) [best, most] = [pair, count];
  }
  return best;
}

function hasPair(ids: readonly number[], left: number, right: number): boolean {
  for (let i = 1; i < ids.length; i++) if (ids[i - 1] === left && ids[i] === right) return true;
  return false;
}

function mergePair(ids: readonly number[], left: number, right: number, merged: number): number[] {
  const result: number[] = [];
  for (let i = 0; i < ids.length; i++) {
    if (ids[i] === left && ids[i + 1] === right) {
      result.push(merged);
      i++;
    } else result.push(ids[i]!);
  }
  return result;
}

/**
 * A printable character for each byte: itself where it is visible in Latin-1, else from U+0100 on.
 * @see GPT-2 `encoder.py`, `bytes_to_unicode`
 */
function byteCharacters(): string[] {
  let moved = 0;
  return Array.from({ length: 256 }, (_, byte) => {
    const visible = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    return String.fromCharCode(visible ? byte : 0x100 + moved++);
  });
}

function tokenizerFile(tokens: readonly string[], merges: readonly (readonly [string, string])[]) {
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false };
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: specialTokens.map((content, index) => ({ id: tokens.length + index, ...addedToken(content) })),
    normalizer: { type: "NFC" },
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        { type: "Split", pattern: { Regex: wordPattern }, behavior: "Isolated", invert: false },
        byteLevel,
      ],
    },
    post_processor: byteLevel,
    decoder: byteLevel,
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: "",
      end_of_word_suffix: "",
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
    },
  };
}

function configFile(firstSpecialId: number) {
  return {
    add_bos_token: false,
    add_prefix_space: false,
    added_tokens_decoder: Object.fromEntries(
      specialTokens.map((content, index) => [firstSpecialId + index, addedToken(content)]),
    ),
    additional_special_tokens: specialTokens.slice(1),
    bos_token: null,
    chat_template: chatTemplate,
    clean_up_tokenization_spaces: false,
    eos_token: "<|im_end|>",
    errors: "replace",
    model_max_length: 131072,
    pad_token: "<|endoftext|>",
    split_special_tokens: false,
    tokenizer_class: "Qwen2Tokenizer",
    unk_token: null,
  };
}

function addedToken(content: string) {
  return { content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
}

/** The part of Qwen3's template that prompts use, for tools that apply it; here it is written out in `chatForm`. */
const chatTemplate =
  "{%- for message in messages %}{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}{%- endfor %}" +
  "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}";
