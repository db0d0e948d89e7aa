import type { ByteSource } from "../bytes/byte-source.ts";
import { notACatalogue } from "../bytes/detect-kind.ts";
import { CatalogueError, shortened } from "../problems/catalogue-problem.ts";
import type { EncodingReport } from "../tables/catalogue-table.ts";
import { type LetterEncoding, letterEncodings, letterScore } from "./letter-score.ts";
import { scanText } from "./scan-text.ts";

/** Encodings that a caller may ask for. */
const knownEncodings = ["utf-8", "utf-16le", "utf-16be", "gbk", ...letterEncodings] as const;

const headBytes = 4_096;
/** Scores no further apart than this are a tie, which the reader's languages decide. */
const tie = 0.05;

const languages: { readonly [encoding in LetterEncoding]: RegExp } = {
  gb18030: /^zh(?!-(?:tw|hk|mo|hant))/,
  big5: /^zh-(?:tw|hk|mo|hant)/,
  shift_jis: /^ja/,
  "euc-kr": /^ko/,
  "windows-1252": /^(?:en|fr|de|es|it|pt|nl|sv|da|nb|fi)/,
  "windows-1250": /^(?:pl|cs|sk|hu|sl|hr|ro)/,
  "windows-1251": /^(?:ru|uk|bg|be|sr)/,
  macintosh: /^$/,
  "euc-jp": /^ja/,
};

/**
 * Encoding of a text, with what it was found by. Reads the whole file where only that can tell.
 * @throws CatalogueError `encoding_unknown` for a name that is none, `not_a_catalogue` for binary data
 */
export async function detectEncoding(
  source: ByteSource,
  { encoding, acceptLanguage = "" }: { readonly encoding?: string; readonly acceptLanguage?: string } = {},
): Promise<EncodingReport> {
  if (encoding !== undefined) return { name: askedEncoding(encoding), foundBy: "asked" };
  const head = Buffer.from(await source.read(0, Math.min(headBytes, source.bytes)));
  const marked = byMark(head);
  if (marked !== undefined) return { name: marked, foundBy: "byte_order_mark" };
  if (head.includes(0)) return { name: byNulBytes(head), foundBy: "nul_bytes" };
  const declared = /^\s*<\?xml[^>]{0,200}?\bencoding\s*=\s*["']([\w.:-]{1,40})["']/.exec(head.toString("latin1"))?.[1];
  if (declared !== undefined) return { name: askedEncoding(declared), foundBy: "xml_declaration" };
  const scan = await scanText(source);
  if (scan.isAscii) return { name: "utf-8", foundBy: "ascii" };
  if (scan.isUtf8) return { name: "utf-8", foundBy: "utf8" };
  return byLetters(scan.lines, acceptLanguage);
}

/**
 * Its name as the web's standard has it.
 * @throws CatalogueError `encoding_unknown`
 */
export function askedEncoding(encoding: string): string {
  const name = encoding.trim().toLowerCase();
  try {
    return new TextDecoder(name).encoding;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new CatalogueError(
      "encoding_unknown",
      { value: encoding, known: knownEncodings.join(", ") },
      { param: "encoding", cause },
    );
  }
}

function byMark(head: Buffer): string | undefined {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return "utf-8";
  if (head[0] === 0xff && head[1] === 0xfe) return "utf-16le";
  if (head[0] === 0xfe && head[1] === 0xff) return "utf-16be";
  return undefined;
}

/** UTF-16 without a mark: delimiters and digits have a NUL on one side, always the same. */
function byNulBytes(head: Buffer): "utf-16le" | "utf-16be" {
  let even = 0;
  let odd = 0;
  for (let index = 0; index < head.length; index++) {
    if (head[index] === 0) index % 2 === 0 ? even++ : odd++;
  }
  const pairs = head.length / 2;
  if (odd > pairs / 20 && even * 20 < odd) return "utf-16le";
  if (even > pairs / 20 && odd * 20 < even) return "utf-16be";
  throw notACatalogue({ en: "made of binary data", zh: "二进制数据" });
}

function byLetters(lines: readonly Uint8Array[], acceptLanguage: string): EncodingReport {
  const sample = Buffer.concat(lines.flatMap((line) => [line, Buffer.from("\n")]));
  const found: { name: string; score: number }[] = [];
  for (const name of letterEncodings) {
    const text = decodedStrictly(sample, name);
    if (text !== undefined) found.push({ name, score: letterScore(text, name) });
  }
  found.push({ name: "utf-8", score: damagedUtf8Score(sample) });
  const wanted = acceptLanguage
    .toLowerCase()
    .split(",", 10)
    .map((tag) => tag.trim());
  const rank = (name: string) => {
    const language = languages[name as LetterEncoding];
    const at = language === undefined ? -1 : wanted.findIndex((tag) => language.test(tag));
    return at < 0 ? wanted.length : at;
  };
  found.sort((a, b) => b.score - a.score);
  const tied = found.filter(({ score }) => score >= found[0]!.score - tie);
  tied.sort((a, b) => rank(a.name) - rank(b.name) || b.score - a.score);
  const ordered = [...tied, ...found.slice(tied.length)];
  const candidates = ordered.slice(0, 2).map(({ name, score }) => ({
    name,
    score: Math.round(score * 100) / 100,
    samples: samplesOf(lines, name),
  }));
  return { name: candidates[0]!.name, foundBy: "letters", candidates };
}

function decodedStrictly(bytes: Uint8Array, encoding: string): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** A UTF-8 file that was cut, or has a few other bytes in it, is still that. */
function damagedUtf8Score(bytes: Uint8Array): number {
  const text = new TextDecoder("utf-8").decode(bytes);
  let beyond = 0;
  let damaged = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 128) continue;
    beyond++;
    if (code === 0xfffd) damaged++;
  }
  return Math.max(0, 1 - (4 * damaged) / Math.max(beyond, 1));
}

/** At most three cells with letters beyond ASCII. */
function samplesOf(lines: readonly Uint8Array[], encoding: string): string[] {
  const samples: string[] = [];
  const decoder = new TextDecoder(encoding);
  for (const line of lines) {
    const cells = decoder.decode(line).split(/[,;\t|"]/);
    const cell = cells.find((text) => /[^\p{ASCII}]/u.test(text))?.trim();
    if (cell !== undefined && !samples.includes(cell)) samples.push(shortened(cell, 60));
    if (samples.length === 3) break;
  }
  return samples;
}
