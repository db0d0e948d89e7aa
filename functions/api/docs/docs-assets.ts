import { readFile } from "node:fs/promises";

/**
 * A file under `/docs`: of this repository's pages and their images, or of the installed swagger-ui-dist; `undefined`
 * where that is not there (a bundle without it).
 */
export async function readDocsAsset(name: string): Promise<Uint8Array | undefined> {
  try {
    const isPage = /\.(?:md|webp)$/.test(name);
    return await readFile(
      isPage
        ? new URL(`../../../docs/${name}`, import.meta.url)
        : new URL(import.meta.resolve(`swagger-ui-dist/${name}`)),
    );
  } catch {
    return undefined;
  }
}
