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

/**
 * A Latin letter, and what looks like it: of other scripts, small capitals, letters with strokes, letters in squares.
 */
const lookalikes = new Map(
  [
    ...["aаαɑᴀɐᎪ∀", "bвβɓʙƀᏴ", "cсᴄƈᏟ", "dԁᴅđɗᎠ", "eеεᴇɇᎬ", "fꜰƒ", "gɡɢǥᏀ", "hһʜħнᎻ", "iіιıɪɨᎥ", "jјᴊɉᎫ", "kκкᴋƙᏦ"],
    ...["lʟłɫᏞ", "mмᴍᎷ", "nηɴոп", "oоοօᴏøᎾ", "pрρᴘƥᏢ", "qԛ", "rгʀɍᏒᎡ", "sѕꜱʂᏚ", "tтτᴛŧᎢ", "uυսᴜʉ", "vνѵᴠᏙ", "wԝᴡωᎳ"],
    ...["xхχ", "yуүʏɏ", "zᴢƶᏃ"],
  ].flatMap(([letter = "", ...others]) => others.map((other) => [other.toLowerCase(), letter] as const)),
);
/**
 * First letters of the three alphabets of signs: regional indicators, letters in black circles and in black squares.
 */
const signAlphabets = [0x1f1e6, 0x1f150, 0x1f170];
const letterA = 0x61;
const letters = 26;

/** What a character is written for, one that looks like a Latin letter; itself otherwise. */
function asLatin(char: string): string {
  const code = char.codePointAt(0)!;
  if (code < 0x80) return char;
  const first = signAlphabets.find((start) => code >= start && code < start + letters);
  return first === undefined ? (lookalikes.get(char) ?? char) : String.fromCodePoint(letterA + code - first);
}

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
    const char = asLatin(raw);
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

/** A text with its pinyin tones in digits, `huai4 ci2`, or none: the text without them. */
export function withoutToneDigits(text: string): string | undefined {
  const plainText = plain(text);
  const toneless = plainText.replaceAll(/([a-zü])[1-5](?![a-z0-9])/g, "$1");
  return toneless === plainText ? undefined : toneless;
}

function plain(text: string): string {
  return text
    .normalize("NFKD")
    .replaceAll(/[\u0300-\u036f\u115f\u1160\p{Cf}]/gu, "")
    .normalize("NFC")
    .toLowerCase();
}

/** `k!ll` and `$ex`, but neither `kill!` nor `$5`. */
function isSignForLetter(chars: readonly string[], i: number): boolean {
  const char = chars[i]!;
  if (!sign.test(char) || !latin.test(chars[i + 1] ?? "")) return false;
  return char === "@" || char === "$" || /[a-z0-9]/.test(chars[i - 1] ?? "");
}
