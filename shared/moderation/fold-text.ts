/** A text as block lists see it: letters and digits alone, in one spelling, with what separated them. */
export interface FoldedText {
  /** Code points. */
  readonly codes: readonly number[];
  /** What stands in front of each of them. */
  readonly gaps: readonly Gap[];
}

/** Nothing, punctuation without white space, white space. The first code of a text follows white space. */
export type Gap = 0 | 1 | 2;

/** Digits and signs that stand for letters. `l` and `1` are both written for `i`, so the three are one. */
const leet: { readonly [char: string]: string } = {
  ...{ "0": "o", "1": "i", l: "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b" },
  ...{ "@": "a", $: "s", "!": "i", "|": "i" },
};

/** Letters of other scripts that look like Latin ones. */
const lookalikes = new Map(
  [..."аaеeоoрpсcуyхxіiѕsјjһhԁdαaοoρpνvιiκkτtυu"].flatMap((char, i, all) => (i % 2 === 0 ? [[char, all[i + 1]!]] : [])),
);

const letterOrDigit = /[\p{L}\p{N}]/u;
const sign = /[@$!|]/;
const latin = /[a-z]/;
const whiteSpace = /\s/;

/**
 * The text in one spelling: wide and decorated forms, case, accents, invisible characters, letters that look alike and
 * digits written for letters make no difference, and a letter that is repeated three times or more counts once.
 * Traditional and simplified characters stay different. Linear in the length of the text.
 */
export function foldText(text: string): FoldedText {
  const chars = [...plain(text)];
  const codes: number[] = [];
  const gaps: Gap[] = [];
  let gap: Gap = 2;
  let before = "";
  let repeated = 1;
  for (const [i, raw] of chars.entries()) {
    const char = lookalikes.get(raw) ?? raw;
    if (!letterOrDigit.test(char) && !isSignForLetter(chars, i)) {
      if (gap < 2) gap = whiteSpace.test(char) ? 2 : 1;
      before = "";
      continue;
    }
    repeated = char === before ? repeated + 1 : 1;
    before = char;
    if (repeated > 2 && latin.test(char)) {
      // The second of them goes when the third comes; those after it never get here.
      if (repeated === 3) {
        codes.pop();
        gaps.pop();
      }
      continue;
    }
    codes.push((leet[char] ?? char).codePointAt(0)!);
    gaps.push(gap);
    gap = 0;
  }
  return { codes, gaps };
}

function plain(text: string): string {
  return text
    .normalize("NFKD")
    .replaceAll(/[\u0300-\u036f\p{Cf}]/gu, "")
    .normalize("NFC")
    .toLowerCase();
}

/** `k!ll` and `$ex`, but neither `kill!` nor `$5`. */
function isSignForLetter(chars: readonly string[], i: number): boolean {
  const char = chars[i]!;
  if (!sign.test(char) || !latin.test(chars[i + 1] ?? "")) return false;
  return char === "@" || char === "$" || /[a-z0-9]/.test(chars[i - 1] ?? "");
}
