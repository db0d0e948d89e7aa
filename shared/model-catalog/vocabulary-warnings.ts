import { closestName } from "../closest-name.ts";
import { makeWarning, type Warning } from "../warnings/warning.ts";
import type { Vocabulary } from "./model-facts.ts";

/*
 * A model that knows a list of things draws a mixture of them for a prompt that names none. Work is linear in the
 * prompt: every place of it is looked up in a table of names as many times as the longest name has words (or
 * characters, in Chinese), and only the first few words of a prompt without any are compared with the names.
 */

type Thing = Vocabulary["things"][number];

/** Words of a prompt that are compared with all names, and characters of it in Chinese. */
const maxCompared = 12;
const maxComparedCharacters = 60;
/** Names that a warning proposes. */
const maxNearest = 5;
/** Points of a thing that has something in common with the prompt. */
const points = { word: 3, tag: 4, spelling: 2, character: 1 } as const;

interface VocabularyModel {
  readonly id: string;
  readonly vocabulary?: Vocabulary;
}

/** `unknown_object` for a prompt in which nothing is named that the model knows, with the nearest that it does. */
export function vocabularyWarnings(prompt: string, { id, vocabulary }: VocabularyModel): Warning[] {
  if (vocabulary === undefined) return [];
  const index = indexOf(vocabulary);
  const text = prompt.normalize("NFKC");
  const words = wordsOf(text);
  const characters = hanOf(text);
  if (words.length === 0 && characters.length === 0) return [];
  if (namesThing(words, index.phrases, index.longestPhrase) || namesHan(characters, index)) return [];
  const nearest = nearestThings(words, characters, index);
  const proposed = nearest.length > 0 ? nearest : vocabulary.things.slice(0, maxNearest);
  const values = { model: id, known: vocabulary.things.length, nearest: proposed.map(({ en, zh }) => ({ en, zh })) };
  return [makeWarning("unknown_object", values, "prompt")];
}

interface Index {
  readonly things: readonly Thing[];
  /** English names, as words joined by spaces, and those without what a picture of it is called, as in "cat face". */
  readonly phrases: ReadonlySet<string>;
  readonly longestPhrase: number;
  readonly hanNames: ReadonlySet<string>;
  readonly longestHan: number;
  /** Things by a word of their name, and by a tag. */
  readonly byWord: ReadonlyMap<string, readonly Thing[]>;
  readonly byTag: ReadonlyMap<string, readonly Thing[]>;
  readonly byCharacter: ReadonlyMap<string, readonly Thing[]>;
}

/** Of each vocabulary: made once, as long as it is the same object. */
const indexes = new WeakMap<Vocabulary, Index>();

function indexOf(vocabulary: Vocabulary): Index {
  const made = indexes.get(vocabulary);
  if (made !== undefined) return made;
  const phrases = new Set<string>();
  const hanNames = new Set<string>();
  const [byWord, byTag, byCharacter] = [multimap(), multimap(), multimap()];
  for (const thing of vocabulary.things) {
    const words = wordsOf(thing.en);
    phrases.add(words.join(" "));
    if (words.length > 1 && words.at(-1) === "face") phrases.add(words.slice(0, -1).join(" "));
    for (const word of words) if (!emptyWords.has(word)) byWord.add(word, thing);
    hanNames.add(thing.zh);
    const animal = /^(.+)[头脸]$/.exec(thing.zh)?.[1];
    if (animal !== undefined && words.at(-1) === "face") hanNames.add(animal);
    for (const character of new Set(thing.zh)) byCharacter.add(character, thing);
    for (const tag of thing.tags?.en ?? []) byTag.add(wordsOf(tag).join(" "), thing);
    for (const tag of thing.tags?.zh ?? []) byTag.add(tag, thing);
  }
  const longestPhrase = Math.max(...Array.from(phrases, (phrase) => phrase.split(" ").length));
  const longestHan = Math.max(...Array.from(hanNames, (name) => name.length));
  const { things } = vocabulary;
  const index = { things, phrases, longestPhrase, hanNames, longestHan, byWord, byTag, byCharacter };
  indexes.set(vocabulary, index);
  return index;
}

function multimap() {
  const map = new Map<string, Thing[]>();
  const add = (key: string, thing: Thing) => void (map.get(key)?.push(thing) ?? map.set(key, [thing]));
  return Object.assign(map, { add });
}

/** Words that say nothing of a thing. */
const emptyWords = new Set(
  "a an the of on in at with and or for to from by is are it its picture image photo".split(" "),
);

/** Lower-case words in Latin letters, each in the singular, as far as its last letters tell. */
function wordsOf(text: string): string[] {
  return (text.toLowerCase().match(/[a-z0-9]+/g) ?? []).map(singular);
}

function singular(word: string): string {
  if (word.length > 4 && word.endsWith("ies")) return `${word.slice(0, -3)}y`;
  return word.length > 3 && word.endsWith("s") && !word.endsWith("ss") ? word.slice(0, -1) : word;
}

/** The text's runs of Chinese characters, joined by spaces. */
function hanOf(text: string): string {
  return (text.match(/\p{Script=Han}+/gu) ?? []).join(" ");
}

function namesThing(words: readonly string[], phrases: ReadonlySet<string>, longest: number): boolean {
  return words.some((_, start) => {
    let phrase = "";
    for (const word of words.slice(start, start + longest)) {
      phrase = phrase === "" ? word : `${phrase} ${word}`;
      if (phrases.has(phrase)) return true;
    }
    return false;
  });
}

function namesHan(characters: string, { hanNames, longestHan }: Index): boolean {
  for (let start = 0; start < characters.length; start++) {
    for (let length = 1; length <= longestHan; length++) {
      if (hanNames.has(characters.slice(start, start + length))) return true;
    }
  }
  return false;
}

/** Things that share a word, a tag, a spelling or characters with the prompt, those that share most first. */
function nearestThings(words: readonly string[], characters: string, index: Index): Thing[] {
  const scores = new Map<Thing, number>();
  const score = (things: readonly Thing[] = [], value: number) => {
    for (const thing of things) scores.set(thing, (scores.get(thing) ?? 0) + value);
  };
  const telling = [...new Set(words)].filter((word) => !emptyWords.has(word)).slice(0, maxCompared);
  for (const word of telling) {
    score(index.byWord.get(word), points.word);
    score(index.byTag.get(word), points.tag);
    if (index.byWord.has(word) || index.byTag.has(word) || word.length < 4) continue;
    const meant = closestName(word, index.byWord.keys());
    if (meant !== undefined) score(index.byWord.get(meant), points.spelling);
  }
  const compared = characters.slice(0, maxComparedCharacters);
  for (const character of new Set(compared.replaceAll(" ", ""))) {
    score(index.byCharacter.get(character), points.character);
  }
  for (let start = 0; start < compared.length; start++) {
    for (let length = 2; length <= index.longestHan; length++) {
      score(index.byTag.get(compared.slice(start, start + length)), points.tag);
    }
  }
  return [...scores]
    .sort(([, a], [, b]) => b - a)
    .slice(0, maxNearest)
    .map(([thing]) => thing);
}
