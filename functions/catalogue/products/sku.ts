import { type CatalogueProblem, catalogueProblem } from "../problems/catalogue-problem.ts";
import type { Bilingual } from "../problems/problem-messages.ts";

const maxSkuCharacters = 200;
/** What people and programs write where there is none. */
const nothing = /^(?:[-–—]+|n\/a|null|none|nan|undefined|无|暂无|なし)$/i;

/**
 * A SKU as text: NFC, without spaces and invisible characters around it, out of the `'` and `="…"` that spreadsheets
 * put around codes. Case and leading zeros stay: `00123` is not `123`.
 */
export function cleanSku(cell: string): string {
  if (cell === "") return "";
  let text = trimmed(cell.normalize("NFC"));
  const wrapped = /^="([^"]*)"$/.exec(text)?.[1];
  if (wrapped !== undefined) text = trimmed(wrapped);
  if (text.startsWith("'") && text.length > 1) text = trimmed(text.slice(1));
  return text;
}

function trimmed(text: string): string {
  const isOuter = (character: string | undefined) =>
    character !== undefined && /[\s\u00AD\u200B-\u200F\u202A-\u202E\u2060\u2066-\u2069\uFEFF]/.test(character);
  let start = 0;
  let end = text.length;
  while (start < end && isOuter(text[start])) start++;
  while (end > start && isOuter(text[end - 1])) end--;
  return text.slice(start, end);
}

/** @param isImprecise - the sheet had it as a number of more digits than it keeps */
export function skuProblem(
  sku: string,
  { line, column, isImprecise }: { readonly line: number; readonly column: string; readonly isImprecise: boolean },
): CatalogueProblem | undefined {
  const place = { line, column, value: sku };
  if (sku === "" || nothing.test(sku)) return catalogueProblem("sku_missing", { line, column });
  if (isImprecise) return catalogueProblem("sku_precision_lost", place);
  if (/^-?\d(?:[.,]\d+)?E\+\d{1,3}$/i.test(sku)) return catalogueProblem("sku_scientific", place);
  const why = invalidity(sku);
  return why === undefined ? undefined : catalogueProblem("sku_invalid", { ...place, why });
}

function invalidity(sku: string): Bilingual | undefined {
  if (sku.length > maxSkuCharacters) {
    return {
      en: `it has ${sku.length} characters, more than ${maxSkuCharacters}`,
      zh: `长度 ${sku.length}，超过 ${maxSkuCharacters} 个字符`,
    };
  }
  if (sku.startsWith("=")) return { en: "it is a formula", zh: "是公式" };
  if (sku.includes("\uFFFD")) return { en: "it holds bytes in another encoding", zh: "含有无法解码的字符" };
  return /\p{Cc}/u.test(sku) ? { en: "it holds control characters", zh: "含有控制字符" } : undefined;
}
