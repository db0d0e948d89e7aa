import { pick } from "../../../gpu-worker/training/data/random-stream.ts";
import { type BackgroundName, backgroundColours, backgroundNames } from "./background-colours.ts";
import { captionTemplates } from "./caption-templates.ts";
import type { EmojiObject, Language } from "./emoji-object.ts";
import { fillerPhrase } from "./filler.ts";

export interface TrainingCaption {
  readonly text: string;
  readonly language: Language;
  /** What the image beside this caption must stand on. */
  readonly background: BackgroundName;
}

/** Shares, 0..1. */
export interface CaptionMix {
  /** Images on white; the others share the other colours evenly. @default 0.6 */
  readonly white?: number;
  /** Captions that are the bare name, on white. @default 0.15 */
  readonly bare?: number;
  /** Empty captions, which guidance needs. @default 0.05 */
  readonly empty?: number;
  /** Captions with a tag in place of the name, where the object has one. @default 0.15 */
  readonly tag?: number;
  /** Captions put together of loose words instead of a fixed template, on white. @default 0.2 */
  readonly loose?: number;
  /** Share of the loose captions with words that mean nothing to the model. @default 0.5 */
  readonly filler?: number;
}

/**
 * A caption for training, with the background that it asks for; English and Chinese by halves. White goes unsaid in 60
 * % of its images, every other colour is always said. The held-out wordings never come.
 *
 * @param random - a stream of numbers in [0, 1): the same stream gives the same caption
 */
export function trainingCaption(object: EmojiObject, random: () => number, mix: CaptionMix = {}): TrainingCaption {
  const { white = 0.6, bare = 0.15, empty = 0.05, tag = 0.15, loose = 0.2, filler = 0.5 } = mix;
  const language: Language = random() < 0.5 ? "en" : "zh";
  const templates = captionTemplates[language];
  const background = random() < white ? "white" : pick(random, backgroundNames.slice(1));
  const kind = random();
  if (kind < empty) return { text: "", language, background };
  const tags = object.tags[language];
  const name = tags.length > 0 && random() < tag ? pick(random, tags) : object[language];
  const spelled = random() < 0.1 ? name.toLowerCase() : name;
  if (kind < empty + bare) return { text: finish(spelled, language, random), language, background: "white" };

  let text: string;
  if (background !== "white") text = fill(pick(random, templates.coloured), spelled, language, background);
  else if (random() < loose)
    text = random() < filler ? filledCaption(spelled, language, random) : looseCaption(spelled, language, random);
  else if (random() < 0.6) text = fill(pick(random, templates.plain), spelled, language);
  else text = fill(pick(random, [...templates.white, ...templates.coloured]), spelled, language, "white");
  return { text: finish(text, language, random), language, background };
}

/** Every fixed wording of training that asks for the object, by name, on white. */
export function scoreCaptions(object: EmojiObject, language: Language): string[] {
  const { plain, white } = captionTemplates[language];
  return [...plain, ...white].map((template) => fill(template, object[language], language));
}

/** Every fixed wording of training that names a background colour. */
export function backgroundCaptions(object: EmojiObject, language: Language, background: BackgroundName): string[] {
  return captionTemplates[language].coloured.map((template) => fill(template, object[language], language, background));
}

/** The plain wordings by tag in place of the name; none where the object has no tag of its own. */
export function tagCaptions(object: EmojiObject, language: Language): string[] {
  return object.tags[language].flatMap((tag) =>
    captionTemplates[language].plain.map((template) => fill(template, tag, language)),
  );
}

/** Every wording that training never uses, by name, on white. */
export function heldOutCaptions(object: EmojiObject, language: Language): string[] {
  return captionTemplates[language].heldOut.map((template) => fill(template, object[language], language));
}

/** One of `heldOutCaptions`. */
export function heldOutCaption(object: EmojiObject, language: Language, random: () => number): string {
  return pick(random, heldOutCaptions(object, language));
}

/**
 * The name with its indefinite article: "a" or "an" by the sound that the name begins with, none before a plural.
 * A rule for the names of objects, not for English.
 */
export function withArticle(name: string): string {
  const head = name.toLowerCase().split(/ (?:with|of|on|in|and|behind|not) /)[0]!;
  // Glasses, jeans, chopsticks; but dress, bus, tennis, rhinoceros
  if (/[^aiosu]s$|^(skis|maracas)$/.test(head)) return name;
  const vowelSound =
    /^(?!uni|use|euro|ewe|one\b|once\b|ukulele|u[rst]i)[aeiou]|^(hour|honest|heir|x\b|x-|sos\b|suv\b|lp\b)/i;
  return `${vowelSound.test(name) ? "an" : "a"} ${name}`;
}

function looseCaption(name: string, language: Language, random: () => number): string {
  const { openings, adjectives, endings } = captionTemplates[language].loose;
  const opening = pick(random, openings);
  const adjective = random() < 0.6 ? pick(random, adjectives) : "";
  const ending = pick(random, endings);
  if (language === "zh") return `${opening}${adjective}${name}${ending && `，${ending}`}`;
  const article = random() < 0.7;
  const phrase = [adjective, name].filter(Boolean).join(" ");
  const object = article ? withArticle(phrase) : phrase;
  return `${[opening, object].filter(Boolean).join(" ")}${ending && `, ${ending}`}`;
}

/** The name among words that say nothing: before it, after it, or both. */
function filledCaption(name: string, language: Language, random: () => number): string {
  const place = random();
  const before = place < 0.7 ? fillerPhrase(language, random) : "";
  const after = place >= 0.5 ? fillerPhrase(language, random) : "";
  const comma = after && random() < 0.3;
  if (language === "zh") {
    const link = before && random() < 0.4 ? pick(random, ["的", "一个", "那个", "一张"]) : "";
    return `${before}${link}${name}${comma ? "，" : ""}${after}`;
  }
  const article = random() < 0.6 ? withArticle(name) : name;
  return `${before} ${article}${comma ? "," : ""} ${after}`.trim();
}

function fill(template: string, name: string, language: Language, background: BackgroundName = "white"): string {
  return template
    .replace("{an}", () => withArticle(name))
    .replace("{n}", () => name)
    .replace("{c}", backgroundColours[background].names[language]);
}

/** Some captions begin with a capital, some end with a full stop, as people write. */
function finish(text: string, language: Language, random: () => number): string {
  const capital = random() < 0.15;
  const stop = random() < 0.1 && /[\p{L}\p{N}]$/u.test(text);
  const begun = capital && language === "en" ? text.charAt(0).toUpperCase() + text.slice(1) : text;
  return stop ? begun + (language === "en" ? "." : "。") : begun;
}
