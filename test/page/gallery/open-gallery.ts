import type { Page } from "playwright-core";
import { openPage, type PageOptions } from "../browser/open-page.ts";
import { type StubOptions, stubImages } from "./stub-images.ts";

/** The gallery with images of a stub in the server's place. */
export async function openGallery(stub: StubOptions, options: PageOptions = {}) {
  let state: Awaited<ReturnType<typeof stubImages>> | undefined;
  const prepare = async (context: Parameters<typeof stubImages>[0]) => {
    state = await stubImages(context, stub);
  };
  const opened = await openPage({ path: "/gallery", ...options, prepare });
  return { ...opened, stub: state! };
}

/** Prompts of the images in the document. */
export const shownImages = (page: Page) =>
  page.evaluate(() => [...document.querySelectorAll<HTMLImageElement>("[data-index] img")].map(({ alt }) => alt));

/** Cells in the window whose image is not there. */
export const blankCells = (page: Page) =>
  page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>("[data-index]")]
      .filter((cell) => {
        const { top, bottom } = cell.getBoundingClientRect();
        return bottom > 0 && top < innerHeight;
      })
      .filter((cell) => {
        const image = cell.querySelector("img");
        return image === null || !image.complete || image.naturalWidth === 0;
      })
      .map((cell) => cell.dataset.index),
  );
