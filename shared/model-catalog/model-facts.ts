import * as z from "zod";
import { maxSide, minSide } from "../limits.ts";

/*
 * What is known of a model beside its weights: who made it, under which licence, for which sizes, what to ask it for.
 * A model folder may say it, the worker that loads the folder tells the API, and `GET /v1/models` shows it.
 */

const name = z.string().trim().min(1).max(80);
const side = z.int().min(minSide).max(maxSide);

/** The same words in both languages. */
const words = z.object({ en: z.string().trim().min(1).max(300), zh: z.string().trim().min(1).max(300) });
export type Words = z.infer<typeof words>;

const size = z.object({ width: side, height: side });
export type NativeSize = z.infer<typeof size>;

/** Most things that a vocabulary may have: 400 take 28 KB with their tags, and a row of the table has 400 KB. */
const maxThings = 2_000;
const tags = z.array(name).max(20);

const vocabularySchema = z.object({
  /** What the model draws, by name. */
  things: z
    .array(
      z.object({
        en: name,
        zh: name,
        /** Other words that mean this thing and no other one. @default none */
        tags: z.object({ en: tags, zh: tags }).optional(),
      }),
    )
    .min(1)
    .max(maxThings)
    .readonly(),
  /** Colours of the background that a prompt can ask for. @default none */
  backgrounds: z.array(words).max(100).readonly().default([]),
});
/** All that a model knows, of one that knows a list of things alone. */
export type Vocabulary = z.infer<typeof vocabularySchema>;

export const modelFactsSchema = z.object({
  owner: z.string().min(1).max(100).optional(),
  licence: z.string().min(1).max(200).optional(),
  /** Where the weights come from: an address, or a repository's name. */
  source: z.string().min(1).max(500).optional(),
  /** Commit of the source; of weights without one, `sha256:` and a digest of all files. */
  revision: z.string().min(1).max(200).optional(),
  /** Sizes that the model was made for, the usual one first. */
  sizes: z.array(size).min(1).max(40).readonly().optional(),
  /** Prompts that show what the model can do. */
  examples: z.array(words).max(40).readonly().optional(),
  /** Only of a model that knows a list of things and nothing else. */
  vocabulary: vocabularySchema.optional(),
});
/** Whatever is left out is not known here. */
export type ModelFacts = z.infer<typeof modelFactsSchema>;
