import * as z from "zod";
import { categories } from "./categories.ts";
import { foldText } from "./fold-text.ts";
import { maxPinyinCharacters } from "./phrase-matcher.ts";

/** Bounds of a list, which keep its item in the store well below its limit. */
const maxListPhrases = 1_000;
const maxPhraseCharacters = 64;

const phraseText = z
  .string()
  .min(1)
  .max(maxPhraseCharacters)
  .refine((text) => foldText(text).codes.length >= 2, "must have at least two letters or digits")
  .describe(
    "Found in any width, case and spacing, and with digits for letters; a Latin phrase as whole words, unless it ends in *.",
  );

const pinyinPhrase = z
  .strictObject({
    text: phraseText,
    pinyin: z.string().min(1).max(100).describe("A syllable for each character, separated by spaces: er tong."),
  })
  .refine(
    ({ text, pinyin }) =>
      [...text].length <= maxPinyinCharacters && pinyin.trim().split(/\s+/).length === [...text].length,
    `must have one syllable of pinyin for each of at most ${maxPinyinCharacters} characters`,
  );

const blockListEntrySchema = z.strictObject({
  category: z.enum(categories).default("blocked").describe("What a refusal names, and moderations flag."),
  phrases: z
    .array(z.union([phraseText, pinyinPhrase]))
    .min(1)
    .max(maxListPhrases),
});

/** Phrases by category. */
export const blockListSchema = z
  .array(blockListEntrySchema)
  .max(50)
  .refine(
    (entries) => entries.reduce((sum, { phrases }) => sum + phrases.length, 0) <= maxListPhrases,
    `must have at most ${maxListPhrases} phrases in all`,
  );

export type BlockList = z.infer<typeof blockListSchema>;

/** The list as `PhraseMatcher` takes it. */
export function phrasesOf(list: BlockList) {
  return list.flatMap(({ category, phrases }) =>
    phrases.map((phrase) => ({ ...(typeof phrase === "string" ? { text: phrase } : phrase), label: category })),
  );
}
