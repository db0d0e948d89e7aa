import { effect, signal } from "@preact/signals";
import { keep } from "../shell/kept.ts";

export type Language = "en" | "zh";

/** The language shown: the one chosen on this page, else the browser's first of the two (`first-paint.js`). */
export const language = signal<Language>(document.documentElement.lang.startsWith("zh") ? "zh" : "en");

export function chooseLanguage(chosen: Language): void {
  keep("zimage.language", chosen);
  language.value = chosen;
}

effect(() => {
  document.documentElement.lang = language.value === "zh" ? "zh-CN" : "en";
});
