import { frequentLetters } from "./frequent-letters.ts";

/** Encodings that letters can tell apart, besides UTF-8 and UTF-16. */
export const letterEncodings = [
  "gb18030",
  "big5",
  "shift_jis",
  "euc-kr",
  "windows-1252",
  "windows-1250",
  "windows-1251",
  "macintosh",
  "euc-jp",
] as const;

export type LetterEncoding = (typeof letterEncodings)[number];

/** A letter of the script, but no frequent one. */
const rare = 0.25;

/**
 * How much `text` looks like a text that somebody wrote, from 0 to 1: the mean over its characters beyond ASCII, each 1
 * for a frequent letter of the languages that are written in this encoding.
 */
export function letterScore(text: string, encoding: LetterEncoding): number {
  const weigh = encoding.startsWith("windows") || encoding === "macintosh" ? europeanWeight : asianWeight;
  let sum = 0;
  let count = 0;
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) < 128) continue;
    count++;
    sum += weigh(text, index, encoding);
  }
  return count === 0 ? 0 : Math.max(0, sum / count);
}

function asianWeight(text: string, index: number, encoding: LetterEncoding): number {
  const code = text.charCodeAt(index);
  const isJapanese = encoding === "shift_jis" || encoding === "euc-jp";
  if (frequentLetters[isJapanese ? "shift_jis" : (encoding as "gb18030")].has(text[index]!)) return 1;
  const isKana = code >= 0x3041 && code <= 0x30fe;
  if (isKana) return isJapanese ? 1 : 0;
  const isHangul = code >= 0xac00 && code <= 0xd7a3;
  if (isHangul) return encoding === "euc-kr" ? rare + 0.15 : 0;
  // Chinese characters stand in old Korean texts only.
  if (code >= 0x4e00 && code <= 0x9fff) return encoding === "euc-kr" ? 0 : rare;
  if (code >= 0xff61 && code <= 0xff9f) return 0.1; // half-width katakana: single bytes, found in everything
  if ((code >= 0x3000 && code <= 0x303f) || (code >= 0xff01 && code <= 0xff5e)) return 0.6; // punctuation
  if (code >= 0xe000 && code <= 0xf8ff) return -1; // private use: nobody writes it
  return 0;
}

function europeanWeight(text: string, index: number, encoding: LetterEncoding): number {
  const letter = text[index]!;
  const before = text.charCodeAt(index - 1) || 32;
  const after = text.charCodeAt(index + 1) || 32;
  const touchesLetter = isAsciiLetter(before) || isAsciiLetter(after);
  // No word has letters of both scripts: what looks like one is a Latin word in another encoding.
  if (encoding === "windows-1251") return touchesLetter ? 0 : cyrillicWeight(text.charCodeAt(index), before);
  // Apple's encoding has the letters of Western Europe at other places.
  const letters = frequentLetters[encoding === "windows-1250" ? "windows-1250" : "windows-1252"];
  if (letters.has(letter)) {
    // `CafŽ` is no word.
    if (before >= 97 && before <= 122 && letter !== letter.toLowerCase()) return rare;
    // Two in a row are rare in these languages, and the rule in Chinese read as one of them.
    if (before > 127 && after > 127) return 0;
    if (before > 127 || after > 127) return rare;
    return touchesLetter ? 1 : 0.5;
  }
  const isSign = "’‘“”–—…€£°®™«»·×²³½№¡¿§".includes(letter);
  if (!isSign || (before > 127 && after > 127)) return 0;
  // An apostrophe stands within a word, the others do not.
  return letter === "’" || !(isAsciiLetter(before) && isAsciiLetter(after)) ? 0.8 : 0;
}

function cyrillicWeight(code: number, before: number): number {
  const isLower = code >= 0x430 && code <= 0x45f;
  const isUpper = code >= 0x400 && code <= 0x42f;
  const afterLower = before >= 0x430 && before <= 0x45f;
  const afterUpper = before >= 0x400 && before <= 0x42f;
  if (isLower) return afterLower || afterUpper ? 1 : 0.5;
  if (isUpper) return afterLower ? 0 : afterUpper ? 0.5 : 0.9;
  return code === 0x2116 || code === 0xab || code === 0xbb || code === 0x2013 ? 0.6 : 0;
}

function isAsciiLetter(code: number): boolean {
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}
