// Makes tokenizer/ from the names and tags of the dataset: npx node models/zimage-tiny/train-tokenizer.ts [--vocab-size
// 3072]
import { mkdir, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { trainByteLevelBpe } from "../../gpu-worker/training/captions/byte-level-bpe.ts";
import { backgroundColours } from "./dataset/background-colours.ts";
import { trainingWordings } from "./dataset/caption-templates.ts";
import { type EmojiObject, languages } from "./dataset/emoji-object.ts";
import { fetchSource, nameSource } from "./dataset/fetch-sources.ts";
import { emojiData } from "./dataset/join-objects.ts";
import { loadObjects } from "./dataset/objects.ts";

/**
 * The texts that tokens are learned from, never whole captions, so that no token spans a template and a name.
 * @param otherWords - names and tags of everything else in the source, counted once: characters and words that prompts
 * may well use
 */
export function tokenizerPieces(objects: readonly EmojiObject[], otherWords: readonly string[]): string[] {
  const pieces = [...otherWords, ...otherWords.map((word) => ` ${word}`)];
  // A name that is asked for 500 times weighs more than a word that may never come; a space before it as inside a
  // sentence.
  for (const object of objects) {
    const words = [object.en, object.zh, ...object.tags.en, ...object.tags.zh];
    for (const word of words) pieces.push(...repeat(word, 2), ...repeat(` ${word}`, 4));
  }
  for (const language of languages) {
    const colours = Object.values(backgroundColours).map(({ names }) => names[language]);
    const fragments = trainingWordings(language).flatMap((wording) => wording.split(/\{\w+\}/));
    const phrases = [...fragments, ...colours];
    for (const phrase of phrases)
      pieces.push(...repeat(phrase, 20), ...repeat(language === "en" ? ` ${phrase}` : phrase, 20));
  }
  // The frame of the chat form: 8 tokens in every prompt.
  pieces.push(...repeat("user", 1000), ...repeat("assistant", 1000), ...repeat(" a", 1000), ...repeat(" an", 1000));
  return pieces;
}

function repeat(text: string, times: number): string[] {
  return Array.from({ length: times }, () => text);
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { "vocab-size": { type: "string", default: "3072" } } });
  const names = await fetchSource(nameSource);
  const otherWords = languages.flatMap((language) =>
    emojiData
      .parse(JSON.parse(Buffer.from(names.get(`package/${language}/data.json`)!).toString("utf8")))
      .filter(({ label }) => !/^(flag: |旗: )/.test(label))
      .flatMap(({ label, tags }) => [label, ...tags]),
  );
  const pieces = tokenizerPieces(await loadObjects(), otherWords);
  const { tokenizer, config, vocabSize } = trainByteLevelBpe(pieces, { vocabSize: Number(values["vocab-size"]) });
  const folder = new URL("tokenizer/", import.meta.url);
  await mkdir(folder, { recursive: true });
  await writeFile(new URL("tokenizer.json", folder), `${JSON.stringify(tokenizer)}\n`);
  await writeFile(new URL("tokenizer_config.json", folder), `${JSON.stringify(config, null, 2)}\n`);
  console.log(`${vocabSize} tokens from ${pieces.length} pieces`);
}

if (import.meta.main) await main();
