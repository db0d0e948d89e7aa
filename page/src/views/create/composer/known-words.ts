import type { ModelVocabulary } from "../../../../../sdk/src/index.ts";

type Thing = ModelVocabulary["things"][number];

const nearestCount = 3;
/** A worse likeness than these helps nobody: letters that are the same, characters of the name that the prompt has. */
const leastEnglish = 0.7;
const leastChinese = 0.5;

/**
 * Whether a prompt names something that the model knows, and what is nearest where it does not. A thing is named by its
 * whole name, in either language; English plurals count.
 * @param prompt - at most its first 500 characters are looked at, so that the time is bounded
 */
export function findKnownWords(
  prompt: string,
  { things }: Pick<ModelVocabulary, "things">,
): { readonly isKnown: boolean; readonly nearest: readonly Thing[] } {
  const text = prompt.slice(0, 500).toLowerCase();
  const words = text.match(/[a-z]+/g)?.map(singular) ?? [];
  const plain = ` ${words.join(" ")} `;
  const isNamed = ({ en, zh }: Thing) =>
    plain.includes(
      ` ${en
        .toLowerCase()
        .split(/[^a-z]+/)
        .map(singular)
        .join(" ")} `,
    ) || text.includes(zh);
  if (things.some(isNamed)) return { isKnown: true, nearest: [] };
  const scored = things
    .map((thing) => ({ thing, likeness: Math.max(likeEnglish(words, thing.en), likeChinese(text, thing.zh)) }))
    .filter(({ likeness }) => likeness > 0)
    .toSorted((a, b) => b.likeness - a.likeness);
  return { isKnown: false, nearest: scored.slice(0, nearestCount).map(({ thing }) => thing) };
}

function singular(word: string): string {
  if (/(?:ss|us)$/.test(word) || word.length < 4) return word;
  return word.replace(/ies$/, "y").replace(/(?<=[sxz]|ch|sh)es$|s$/, "");
}

/** 1 for a thing of which a word is in the prompt, less for words that are written alike. */
function likeEnglish(words: readonly string[], name: string): number {
  let best = 0;
  for (const part of name
    .toLowerCase()
    .split(/[^a-z]+/)
    .map(singular)) {
    for (const word of words) {
      if (word.length < 3 || part.length < 3) continue;
      best = Math.max(best, word === part ? 1 : likeness(word, part));
    }
  }
  return best >= leastEnglish ? best : 0;
}

/** Share of the name's characters that the prompt has. */
function likeChinese(text: string, name: string): number {
  const characters = [...name].filter((character) => /\p{Script=Han}/u.test(character));
  if (characters.length === 0) return 0;
  const share = characters.filter((character) => text.includes(character)).length / characters.length;
  return share >= leastChinese ? share : 0;
}

/** One less the share of letters that differ by Levenshtein's distance. */
function likeness(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return 1 - row[b.length]! / Math.max(a.length, b.length);
}
