import { join } from "node:path";
import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import { z } from "zod";
import { InvalidFileError } from "../../../shared/errors.ts";
import { type PromptTokenizer, promptTokenizer } from "../../pipeline/prompt/tokenizer.ts";
import { readJsonFile } from "./json-file.ts";

const tokenId = z
  .int()
  .min(0)
  .max(2 ** 31 - 1);

/** Only what the library would trip over; the rest of the file passes through untouched. */
const tokenizerFile = z.looseObject({
  added_tokens: z.array(z.looseObject({ id: tokenId, content: z.string().min(1) })),
  model: z.looseObject({
    type: z.literal("BPE"),
    vocab: z.custom<{ [token: string]: number }>(isVocabulary, "expected an object of token → id (a whole number)"),
    merges: z.custom<unknown[]>(isMerges, 'expected an array of "left right" strings or [left, right] pairs'),
  }),
});

/**
 * The tokenizer of a checkpoint's `tokenizer/` folder.
 * @throws InvalidFileError when tokenizer.json is not a byte-pair tokenizer with the chat tokens of Qwen3
 */
export async function loadTokenizer(dir: string): Promise<PromptTokenizer> {
  const path = join(dir, "tokenizer.json");
  const file = await readJsonFile(path, tokenizerFile);
  const config = await readJsonFile(join(dir, "tokenizer_config.json"), z.looseObject({}));
  let tokenizer: HuggingFaceTokenizer;
  try {
    tokenizer = new HuggingFaceTokenizer(file, config);
    for (const token of ["<|im_start|>", "<|im_end|>"]) {
      const { ids } = tokenizer.encode(token, { add_special_tokens: false });
      if (ids.length !== 1)
        throw new Error(`${token} must be one token, got ${ids.length}; is this a Qwen3 tokenizer?`);
    }
  } catch (cause) {
    throw new InvalidFileError(`${path} is not a usable tokenizer: ${(cause as Error).message}`, { cause });
  }
  return promptTokenizer(tokenizer);
}

function isVocabulary(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((id) => Number.isInteger(id) && id >= 0 && id < 2 ** 31);
}

function isMerges(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      (merge) =>
        typeof merge === "string" ||
        (Array.isArray(merge) && merge.length === 2 && merge.every((part) => typeof part === "string")),
    )
  );
}
