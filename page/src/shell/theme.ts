import { effect, signal } from "@preact/signals";
import { keep, kept } from "./kept.ts";

export type Theme = "auto" | "light" | "dark";

const system = matchMedia("(prefers-color-scheme: dark)");
const stored = kept("zimage.theme");

export const theme = signal<Theme>(stored === "light" || stored === "dark" ? stored : "auto");
const systemIsDark = signal(system.matches);
system.addEventListener("change", () => (systemIsDark.value = system.matches));

export function chooseTheme(chosen: Theme): void {
  keep("zimage.theme", chosen === "auto" ? null : chosen);
  theme.value = chosen;
}

// As `first-paint.js`, whenever the choice or the system changes. Charts listen for `zimage:theme` and draw again.
effect(() => {
  const dark = theme.value === "dark" || (theme.value === "auto" && systemIsDark.value);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  document
    .querySelector<HTMLMetaElement>('meta[name="theme-color"]')
    ?.setAttribute("content", dark ? "#131312" : "#f6f6f3");
  dispatchEvent(new Event("zimage:theme"));
});
