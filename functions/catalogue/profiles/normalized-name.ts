/** What a name says in brackets, required or optional for example, is no part of it. */
const brackets = /[([{（【［][^)\]}）】］]{0,60}[)\]}）】］]/g;

/**
 * A name without case, width, accents of writing, spaces and signs: `Product_Name` and `product name` are the same, and
 * so are the straight and the curly apostrophe of `l'attribut`.
 */
export function normalizedName(name: string): string {
  return name
    .slice(0, 200)
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, "");
}

/** The words of a name: `productImageUrl`, `Hosted Image URLs` and `商家SKU` have two or three. */
export function wordsOf(name: string): string[] {
  return (
    name
      .slice(0, 200)
      .normalize("NFKC")
      .replace(/(\p{Ll})(?=\p{Lu})/gu, "$1 ")
      .toLowerCase()
      .match(
        /\p{Script=Latin}[\p{Script=Latin}\p{M}]*|\p{N}+|[^\P{L}\p{Script=Latin}][^\P{L}\p{Script=Latin}\p{M}]*/gu,
      ) ?? []
  );
}

/** `商品主图（必填）` → `商品主图`; a name that is in brackets as a whole stays. */
export function withoutBrackets(name: string): string {
  const rest = name.replace(brackets, " ");
  return rest.trim() === "" ? name : rest;
}
