import { readFile } from "node:fs/promises";

/** A file of the built page by its path in `page/dist`; `undefined` where it is not there. */
export type ReadPageFile = (name: string) => Promise<Uint8Array | undefined>;

/** The page as `npm run build:page` leaves it in this repository. */
export async function readPageFile(name: string): Promise<Uint8Array | undefined> {
  return readFile(new URL(`../../../page/dist/${name}`, import.meta.url)).catch(() => undefined);
}

/** Types of the files that a build makes; no other file of the folder is served. */
const types: { readonly [extension: string]: string } = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  ico: "image/x-icon",
  jpg: "image/jpeg",
  js: "text/javascript; charset=utf-8",
  json: "application/json",
  png: "image/png",
  svg: "image/svg+xml",
  webmanifest: "application/manifest+json",
  webp: "image/webp",
};

export interface EncodedFile {
  readonly body: Uint8Array;
  readonly type: string;
  /** @default as it is */
  readonly encoding?: "br" | "gzip";
}

/**
 * A file as the client takes it: compressed with Brotli or gzip where the build left it so, else as it is.
 * @param name - checked by the route's pattern: no separators but that of a known folder
 * @param acceptEncoding - the request's header
 */
export async function encodedFile(
  read: ReadPageFile,
  name: string,
  acceptEncoding: string | undefined,
): Promise<EncodedFile | undefined> {
  const type = types[name.slice(name.lastIndexOf(".") + 1)];
  if (type === undefined) return undefined;
  const accepted = acceptedEncodings(acceptEncoding);
  for (const { encoding, suffix } of forms) {
    const body = accepted.has(encoding) ? await read(`${name}${suffix}`) : undefined;
    if (body !== undefined) return { body, type, encoding };
  }
  const body = await read(name);
  return body && { body, type };
}

/** Smallest first. */
const forms = [
  { encoding: "br", suffix: ".br" },
  { encoding: "gzip", suffix: ".gz" },
] as const;

function acceptedEncodings(header = ""): ReadonlySet<string> {
  const named = header
    .slice(0, 500)
    .toLowerCase()
    .split(",")
    .map((part) => part.split(";").map((piece) => piece.trim()));
  return new Set(named.flatMap(([name = "", weight]) => (/^q=0(\.0*)?$/.test(weight ?? "") ? [] : [name])));
}
