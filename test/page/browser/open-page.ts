import { existsSync } from "node:fs";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { inject } from "vitest";

export interface PageOptions {
  readonly path?: string;
  readonly language?: "en" | "zh";
  readonly theme?: "light" | "dark";
  readonly width?: number;
  readonly height?: number;
  /** @default true: the local key is in the tab, as if it had been pasted */
  readonly withKey?: boolean;
  /** Called before the page is opened: routes that respond in the server's place. */
  readonly prepare?: (context: BrowserContext) => Promise<unknown>;
}

const args = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

let browser: Browser | undefined;

/** @throws Error naming what to install where there is no Chromium */
async function openBrowser(): Promise<Browser> {
  const executablePath = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/google-chrome"].find(
    (path) => path !== undefined && existsSync(path),
  );
  if (executablePath === undefined) {
    throw new Error("there is no Chromium: apt-get install chromium, or name one by CHROMIUM=/path/to/chromium");
  }
  browser ??= await chromium.launch({ executablePath, args });
  return browser;
}

export async function closeBrowser(): Promise<void> {
  await browser?.close();
  browser = undefined;
}

export interface OpenedPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors of scripts and of the console, and what the content security policy has blocked, since the opening. */
  readonly complaints: string[];
}

/** The page in a window of its own, which shares nothing with the others. */
export async function openPage(options: PageOptions = {}): Promise<OpenedPage> {
  const { language = "en", theme = "light", width = 1440, height = 900, withKey = true, path = "/" } = options;
  const context = await (await openBrowser()).newContext({
    viewport: { width, height },
    locale: language === "zh" ? "zh-CN" : "en-US",
    colorScheme: theme,
    reducedMotion: "reduce",
    hasTouch: width < 720,
  });
  await options.prepare?.(context);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  if (withKey) {
    await page.addInitScript((key) => sessionStorage.setItem("zimage.key", key), inject("apiKey"));
  }
  await page.goto(inject("pageUrl") + path);
  await page.locator("h1").first().waitFor({ state: "attached" });
  return { page, context, complaints };
}
