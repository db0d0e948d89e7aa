import { type FoldedText, foldText, type Gap, withoutToneDigits } from "./fold-text.ts";

/** A phrase to look for, and what is said when it is found. */
export interface Phrase<Label> {
  /** Ends in `*` where more letters may follow. */
  readonly text: string;
  /**
   * A syllable for each character of `text`, separated by spaces: the phrase is found in pinyin and in mixed writing.
   */
  readonly pinyin?: string | undefined;
  readonly label: Label;
}

interface Pattern<Label> {
  readonly length: number;
  /** Where a word or syllable begins, counted in codes. */
  readonly breaks: readonly number[];
  readonly isPrefix: boolean;
  readonly label: Label;
}

/** Characters of a phrase with pinyin: each doubles the ways in which it can be written. */
export const maxPinyinCharacters = 6;

/**
 * Looks for all phrases in one pass over a text (Aho and Corasick, 1975), however they are separated: `child-abuse`,
 * `c h i l d a b u s e` and `childabuse` are all `child abuse`. A Latin phrase is found as whole words, so `ass` is not
 * found in `class`; a Chinese one is found anywhere. Time grows with the length of the text, and not with the number of
 * phrases.
 */
export class PhraseMatcher<Label> {
  /** By node and code, as one number. */
  readonly #next = new Map<number, number>();
  readonly #fail: number[] = [0];
  /** Patterns that end at a node. */
  readonly #ends: Pattern<Label>[][] = [[]];
  /** The next shorter suffix of a node at which patterns end. */
  readonly #shorter: number[] = [0];

  /** @param phrases - that fold to nothing are left out */
  constructor(phrases: Iterable<Phrase<Label>>) {
    for (const { text, pinyin, label } of phrases) {
      const isPrefix = text.endsWith("*");
      for (const written of writings(text, pinyin)) this.#add(foldText(written), isPrefix, label);
    }
    this.#link();
  }

  /** Labels of the phrases that are in the text. */
  find(text: string): Set<Label> {
    const found = new Set<Label>();
    this.#findIn(foldText(text), found);
    // Beside it, not in its place: a digit may stand for a letter.
    const toneless = withoutToneDigits(text);
    if (toneless !== undefined) this.#findIn(foldText(toneless), found);
    return found;
  }

  #findIn(folded: FoldedText, found: Set<Label>): void {
    const { codes } = folded;
    const isFound = matchCheck(folded);
    let node = 0;
    for (const [i, code] of codes.entries()) {
      while (node !== 0 && this.#child(node, code) === undefined) node = this.#fail[node]!;
      node = this.#child(node, code) ?? 0;
      for (let at = node; at !== 0; at = this.#shorter[at]!) {
        for (const pattern of this.#ends[at]!) {
          if (!found.has(pattern.label) && isFound(i + 1 - pattern.length, pattern)) found.add(pattern.label);
        }
      }
    }
  }

  #add({ codes, gaps }: FoldedText, isPrefix: boolean, label: Label): void {
    if (codes.length === 0) return;
    let node = 0;
    for (const code of codes) {
      let child = this.#child(node, code);
      if (child === undefined) {
        child = this.#fail.push(0) - 1;
        this.#ends.push([]);
        this.#shorter.push(0);
        this.#next.set(edge(node, code), child);
      }
      node = child;
    }
    const breaks = [...gaps.entries()].flatMap(([i, gap]) => (i > 0 && gap > 0 ? [i] : []));
    this.#ends[node]!.push({ length: codes.length, breaks, isPrefix, label });
  }

  /** Breadth first, so that a node's suffix is linked before the node. A child's number is above its parent's. */
  #link(): void {
    const children = new Map<number, [code: number, child: number][]>();
    for (const [key, child] of this.#next) {
      const parent = Math.floor(key / codeSpace);
      const known = children.get(parent);
      if (known) known.push([key % codeSpace, child]);
      else children.set(parent, [[key % codeSpace, child]]);
    }
    const queue = [0];
    for (const node of queue) {
      for (const [code, child] of children.get(node) ?? []) {
        let suffix = node === 0 ? 0 : this.#fail[node]!;
        while (suffix !== 0 && this.#child(suffix, code) === undefined) suffix = this.#fail[suffix]!;
        const fail = node === 0 ? 0 : (this.#child(suffix, code) ?? 0);
        this.#fail[child] = fail;
        this.#shorter[child] = this.#ends[fail]!.length > 0 ? fail : this.#shorter[fail]!;
        queue.push(child);
      }
    }
  }

  #child(node: number, code: number): number | undefined {
    return this.#next.get(edge(node, code));
  }
}

/** Above every code point. */
const codeSpace = 0x110000;
const edge = (node: number, code: number) => node * codeSpace + code;

const isLatin = (code: number | undefined) => code !== undefined && code >= 0x61 && code <= 0x7a;

/**
 * Whether a pattern that stands at `start` is one there. White space inside a Latin word must be the phrase's own,
 * unless the letters are spelled out one by one: `an al` are two words, `a n a l` is one.
 */
function matchCheck({ codes, gaps }: FoldedText): <L>(start: number, pattern: Pattern<L>) => boolean {
  const joins = (i: number) => gaps[i] === 0 && isLatin(codes[i - 1]) && isLatin(codes[i]);
  const isSingle = (i: number) => gaps[i] !== 0 && gaps[i + 1] !== 0;
  const splits = (i: number) =>
    gaps[i] === (2 satisfies Gap) && isLatin(codes[i - 1]) && isLatin(codes[i]) && !(isSingle(i - 1) && isSingle(i));
  const splitsBefore = [0];
  for (let i = 0; i < codes.length; i++) splitsBefore.push(splitsBefore[i]! + (splits(i) ? 1 : 0));
  return (start, { length, breaks, isPrefix }) => {
    const end = start + length;
    if (start > 0 && joins(start)) return false;
    if (!isPrefix && end < codes.length && joins(end)) return false;
    const inside = splitsBefore[end]! - splitsBefore[start + 1]!;
    return inside === breaks.filter((at) => splits(start + at)).length;
  };
}

/** Every way to write a phrase: each character as itself or by its syllable. */
function writings(text: string, pinyin: string | undefined): string[] {
  if (pinyin === undefined) return [text];
  const syllables = pinyin.trim().split(/\s+/);
  return [...text.replace(/\*$/, "")].reduce<string[]>(
    (begun, char, i) => begun.flatMap((start) => [start + char, `${start} ${syllables[i] ?? char} `]),
    [""],
  );
}
