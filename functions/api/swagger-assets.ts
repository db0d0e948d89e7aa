import { readFile } from "node:fs/promises";

/** A file of the installed swagger-ui-dist; `undefined` where the package is not installed (a bundle without it). */
export async function readSwaggerAsset(name: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(new URL(import.meta.resolve(`swagger-ui-dist/${name}`)));
  } catch {
    return undefined;
  }
}
