import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe-core finds wrong on the page as it is now, a line each. */
export async function accessViolations(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  const results = (await page.evaluate("axe.run()")) as AxeResults;
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(" ")} ${node.failureSummary ?? ""}`),
  );
}

/** Elements that reach beyond the window's side, which has no scrollbar there, or whose text is cut off. */
export function clippedElements(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const scrolls = (element: Element | null): boolean =>
      element !== null && (/auto|scroll/.test(getComputedStyle(element).overflowX) || scrolls(element.parentElement));
    for (const element of document.querySelectorAll<HTMLElement>("#page *")) {
      const { left, right, width } = element.getBoundingClientRect();
      if (width === 0 || element.closest(".unseen, [popover], svg") || getComputedStyle(element).position === "fixed") {
        continue;
      }
      const name = `${element.tagName.toLowerCase()}.${element.className} "${element.textContent?.slice(0, 40)}"`;
      if ((left < -1 || right > document.documentElement.clientWidth + 1) && !scrolls(element)) found.push(name);
      else if (/^(?:BUTTON|A|LABEL)$/.test(element.tagName) && element.scrollWidth > element.clientWidth + 1) {
        found.push(`cut: ${name}`);
      }
    }
    return found;
  });
}

/** Writes a picture of the page into the folder that SCREENSHOTS names, if it names one. */
export async function keepScreenshot(page: Page, name: string, { fullPage = false } = {}): Promise<void> {
  const folder = process.env.SCREENSHOTS;
  if (folder === undefined || folder === "") return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage });
}

const allLooks = [360, 768, 1440].flatMap((width) =>
  (["light", "dark"] as const).flatMap((theme) =>
    (["en", "zh"] as const).map((language) => ({ width, theme, language, height: width < 720 ? 780 : 900 })),
  ),
);

/**
 * The widths, themes and languages that every view is looked at in: each width once, both themes and both languages,
 * and with ALL_LOOKS=1 each of them with each other, which takes four times as long.
 */
export const looks = allLooks.filter(
  ({ width, theme, language }) =>
    process.env.ALL_LOOKS === "1" ||
    ((theme === "dark") === (width === 360) && (language === "zh") === (width !== 768)),
);
