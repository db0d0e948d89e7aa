import type { ProductField } from "../products/product.ts";
import names from "./field-names.json" with { type: "json" };
import { normalizedName, withoutBrackets, wordsOf } from "./normalized-name.ts";

/**
 * Names of columns in shops' tables, by field, with the place of each in its list: Chinese, English, Japanese, German,
 * French, Spanish. The first are the surest.
 */
const ranks = new Map<ProductField, ReadonlyMap<string, number>>();
const known = new Set<string>();
for (const [field, list] of Object.entries(names satisfies { [field in ProductField]: readonly string[] }) as [
  ProductField,
  readonly string[],
][]) {
  const rank = new Map<string, number>();
  for (const [index, name] of list.entries()) {
    const normalized = normalizedName(name);
    if (!rank.has(normalized)) rank.set(normalized, index);
    known.add(normalized);
  }
  ranks.set(field, rank);
}

/** Surest names that are looked for within others, `商品颜色分类` or `image_url_main`; short ones are parts of many words. */
const within = new Map(
  [...ranks].map(([field, own]) => [
    field,
    [...own].filter(([name, rank]) => rank < 12 && (/[^\p{ASCII}]/u.test(name) ? name.length >= 2 : name.length >= 4)),
  ]),
);

/** A column's name in the forms in which it is looked up; found once for all fields. */
export interface NameForms {
  readonly normalized: string;
  readonly withoutBrackets: string;
  readonly words: readonly string[];
}

export function nameForms(column: string): NameForms {
  return {
    normalized: normalizedName(column),
    withoutBrackets: normalizedName(withoutBrackets(column)),
    words: wordsOf(column),
  };
}

/** Names that many columns have; they are believed where there is no better one, and say nothing beside other words. */
const weakNames = new Set(
  ["id", "product id", "商品id", "产品id", "code", "ref", "article", "product", "type", "body"].map(normalizedName),
);

/** Words that make another thing of the name they stand beside: a shop's name is no title, a parent's SKU no SKU. */
const otherThings = new Set(
  (
    "parent group master old competitor related upsell cross store shop vendor supplier seller author file user " +
    "customer company warehouse template meta option attribute alt position count qty quantity status " +
    "父 主 親 店铺 店舗 供应商 卖家 文件 仓库 公司 客户 规格 属性 数量 状态"
  ).split(" "),
);
/** Whose SKU it is makes no other thing of it. */
const owners = new Set(["seller", "vendor", "卖家"]);

/**
 * How sure it is that a column of this name holds the field, from 0 to 1: 1 for a name that shops use, less for one
 * that many columns have, 0.8 where such a name has a word beside it, 0.5 where it is somewhere within.
 */
export function nameFit(field: ProductField, column: string): number {
  return fitOf(field, nameForms(column)).fit;
}

/** @returns with `rank` the place among the known names: of two names that fit equally the surer one is less */
export function fitOf(field: ProductField, forms: NameForms): { readonly fit: number; readonly rank: number } {
  const own = ranks.get(field)!;
  for (const name of [forms.normalized, forms.withoutBrackets]) {
    const rank = own.get(name);
    if (rank !== undefined) return { fit: field === "sku" && weakNames.has(name) ? 0.75 : 1, rank };
  }
  const beside = rankBesideWords(field, forms.words);
  if (beside !== undefined) return { fit: 0.8, rank: beside };
  const part = within.get(field)!.find(([name]) => forms.normalized.includes(name));
  return part === undefined ? { fit: 0, rank: own.size } : { fit: 0.5, rank: part[1] };
}

/** `商家SKU`, `Merchant SKU`, `产品标题`, `Custom label (SKU)`: a known name, and a word or two that say whose it is. */
function rankBesideWords(field: ProductField, words: readonly string[]): number | undefined {
  const own = ranks.get(field)!;
  const rankOf = (name: string, rest: readonly string[]) => {
    const rank = weakNames.has(name) ? undefined : own.get(name);
    return rank !== undefined && rest.every((word) => saysWhose(field, word)) ? rank : undefined;
  };
  if (words.length > 3) return undefined;
  for (let length = words.length - 1; length > 0; length--) {
    for (let start = 0; start + length <= words.length; start++) {
      const rest = [...words.slice(0, start), ...words.slice(start + length)];
      const rank = rankOf(words.slice(start, start + length).join(""), rest);
      if (rank !== undefined) return rank;
    }
  }
  // Chinese and Japanese have no spaces between words.
  const [word = ""] = words;
  if (words.length !== 1 || word.length > 10 || /\p{Script=Latin}/u.test(word)) return undefined;
  for (let length = word.length - 1; length >= 2; length--) {
    const rank =
      rankOf(word.slice(-length), [word.slice(0, -length)]) ?? rankOf(word.slice(0, length), [word.slice(length)]);
    if (rank !== undefined) return rank;
  }
  return undefined;
}

function saysWhose(field: ProductField, word: string): boolean {
  if (field === "sku" && owners.has(word)) return true;
  return !otherThings.has(word) && !(known.has(word) && !ranks.get(field)!.has(word));
}

/** Whether some shop's table calls a column so. */
export function isKnownName(name: string): boolean {
  return known.has(normalizedName(name)) || known.has(normalizedName(withoutBrackets(name)));
}
