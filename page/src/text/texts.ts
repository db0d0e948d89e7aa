import { language } from "./language.ts";

/** The same keys, each with its text. */
export type SameKeys<Texts> = { readonly [Key in keyof Texts]: string };

type Values = { readonly [name: string]: string | number };

/**
 * The texts of a part of the page in the language shown. `{name}` is filled from `values`. Where English has two forms,
 * they stand as `{n} image|{n} images`, chosen by `n`.
 */
export function createTexts<Texts extends { readonly [key: string]: string }>(texts: {
  readonly en: Texts;
  readonly zh: SameKeys<Texts>;
}) {
  return (key: keyof Texts & string, values: Values = {}): string => fill(texts[language.value][key], values);
}

/** @see createTexts */
function fill(text: string, values: Values): string {
  const forms = text.split("|");
  const form = forms.length > 1 && values.n !== 1 && values.n !== "1" ? forms[1]! : forms[0]!;
  return form.replaceAll(/\{([a-z_]+)\}/gi, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? formatNumber(value) : value;
  });
}

/** In the reader's language: grouped, at most `digits` after the point. */
export function formatNumber(value: number, digits = 3): string {
  return new Intl.NumberFormat(locale(), { maximumFractionDigits: digits }).format(value);
}

export function locale(): string {
  return language.value === "zh" ? "zh-CN" : "en";
}
