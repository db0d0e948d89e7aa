import { createHash } from "node:crypto";
import { InvalidInputError, LimitError, PipelineError } from "../../../shared/errors.ts";
import { imageDefect } from "../../../shared/image-files/image-defect.ts";
import { readImageHeader } from "../../../shared/image-files/image-header.ts";
import { maxInputPixels, maxUploadBytes } from "../../../shared/limits.ts";
import { type GuardedResponse, guardedFetch } from "../../../shared/net/guarded-fetch.ts";
import type { InputImageDependencies } from "../../api/submission/input-images.ts";
import { CatalogueError } from "../problems/catalogue-problem.ts";
import { withoutSharePage } from "./share-link.ts";

/** A product's photo as it is stored. */
export interface StoredPhoto {
  readonly sha256: string;
  /** As a request names it. */
  readonly fileId: string;
  readonly width: number;
  readonly height: number;
}

const maxRedirects = 3;
const timeoutMs = 20_000;
/** What shops have and no model reads, by the first bytes. */
const foreign: readonly { readonly name: string; readonly isIt: (bytes: Buffer) => boolean }[] = [
  { name: "a HEIC image", isIt: (bytes) => /^ftyp(?:heic|heix|hevc|mif1|msf1)/.test(bytes.toString("latin1", 4, 12)) },
  {
    name: "an SVG drawing",
    isIt: (bytes) => /^(?:\uFEFF)?\s{0,100}<(?:\?xml|svg|!--)/i.test(bytes.toString("utf8", 0, 200)),
  },
  { name: "a GIF image", isIt: (bytes) => bytes.toString("latin1", 0, 4) === "GIF8" },
  { name: "a TIFF image", isIt: (bytes) => /^(?:II\*\0|MM\0\*)/.test(bytes.toString("latin1", 0, 4)) },
  { name: "a PDF", isIt: (bytes) => bytes.toString("latin1", 0, 5) === "%PDF-" },
];

/**
 * Fetches a photo and stores it by its content.
 * @throws CatalogueError `picture_url_forbidden`, `picture_status`, `picture_is_a_page`, `picture_too_large`,
 * `picture_unreachable`, `invalid_picture`; LimitError when this process has too much under way
 */
export async function fetchPhoto(
  address: string,
  { line, accountId }: { readonly line: number; readonly accountId: string },
  dependencies: InputImageDependencies,
): Promise<StoredPhoto> {
  const room = dependencies.budget.memory.open(accountId);
  try {
    const body = await fetchFollowing(
      withoutSharePage(address),
      { line, accountId },
      {
        ...dependencies,
        reserve: (bytes) => room.grow(bytes),
      },
    );
    return await storePhoto(body, { line, value: address, accountId }, dependencies);
  } finally {
    room.close();
  }
}

/** Each address on the way is checked as the first was. */
async function fetchFollowing(
  first: string,
  { line, accountId }: { readonly line: number; readonly accountId: string },
  {
    localMode,
    budget,
    fetchImage = guardedFetch,
    reserve,
  }: InputImageDependencies & { readonly reserve: (bytes: number) => Promise<void> },
): Promise<Uint8Array> {
  let url = first;
  for (let redirects = 0; ; redirects++) {
    const values = { line, value: url };
    const fetch = () =>
      fetchImage(url, {
        method: "GET",
        headers: { accept: "image/avif,image/webp,image/png,image/jpeg" },
        allowLoopback: localMode,
        param: "image",
        subject: "image",
        maxResponseBytes: maxUploadBytes,
        timeoutMs,
        reserve,
      });
    const response = await budget.fetches.run({ accountId, url }, fetch).catch((cause: unknown) => {
      if (cause instanceof LimitError || !(cause instanceof PipelineError)) throw cause;
      const code = cause instanceof InvalidInputError ? "picture_url_forbidden" : "picture_unreachable";
      throw new CatalogueError(code, { ...values, why: cause.message }, { cause });
    });
    const { status, headers, body, truncated } = response;
    const location = status >= 300 && status < 400 ? URL.parse(headers.location ?? "", url)?.href : undefined;
    if (location !== undefined && redirects < maxRedirects) {
      url = location;
      continue;
    }
    if (status !== 200) throw new CatalogueError("picture_status", { ...values, status });
    if (truncated) throw new CatalogueError("picture_too_large", { ...values, limit: maxUploadBytes });
    if (isPage(response)) throw new CatalogueError("picture_is_a_page", values);
    return body;
  }
}

function isPage({ headers, body }: GuardedResponse): boolean {
  const isHtml = /^\s*text\/html/i.test(headers["content-type"] ?? "");
  return isHtml || /^\s{0,100}<(?:!doctype html|html)/i.test(Buffer.from(body.subarray(0, 200)).toString("utf8"));
}

/** @throws CatalogueError `invalid_picture` */
export async function storePhoto(
  body: Uint8Array,
  { line, value, accountId }: { readonly line: number; readonly value: string; readonly accountId: string },
  { objects }: Pick<InputImageDependencies, "objects">,
): Promise<StoredPhoto> {
  const invalid = (why: string) => new CatalogueError("invalid_picture", { line, value, why });
  const header = readImageHeader(body);
  if (header === undefined) {
    const bytes = Buffer.from(body.buffer, body.byteOffset, Math.min(body.length, 256));
    const kind = foreign.find(({ isIt }) => isIt(bytes))?.name ?? `${body.length} bytes of something else`;
    throw invalid(`it is ${kind}`);
  }
  const { width, height, format } = header;
  if (width * height > maxInputPixels)
    throw invalid(`it has ${width} × ${height} pixels, and ${maxInputPixels} is the most`);
  const defect = imageDefect(body, format);
  if (defect !== undefined) throw invalid(defect);
  const sha256 = createHash("sha256").update(body).digest("hex");
  const fileId = `file-${sha256.slice(0, 26).toUpperCase()}`;
  // Stored again although it may be there: its age decides when it is deleted.
  await objects.put(`in/${accountId}/${fileId}`, body, { contentType: `image/${format}` });
  return { sha256, fileId, width, height };
}
