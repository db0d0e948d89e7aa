import { thumbnailKey } from "../../../shared/images/thumbnails.ts";
import { contentTypes } from "../../../shared/job.ts";
import type { Objects } from "../../../shared/ports/objects.ts";
import type { ReviewedResult } from "../review/reviewed-results.ts";
import { keptThumbnailSide } from "../run/image-memory.ts";
import type { NamedFile } from "../run/task-results.ts";

/** Eight images across and six down, as on a printed sheet. */
export const imagesPerSheet = 48;
/** A file without a small copy is shown itself up to this size. */
const maxShownBytes = 200_000;

interface SheetImage {
  readonly result: ReviewedResult;
  readonly file: NamedFile;
}

/** The images of one sheet, from 1, in the order of the results; none behind the last. */
export async function sheetImages(results: AsyncIterable<ReviewedResult>, number: number): Promise<SheetImage[]> {
  const first = (number - 1) * imagesPerSheet;
  const found: SheetImage[] = [];
  let index = 0;
  for await (const result of results) {
    for (const file of result.files) {
      if (index >= first && found.length < imagesPerSheet) found.push({ result, file });
      index++;
    }
    if (found.length === imagesPerSheet) break;
  }
  return found;
}

/**
 * A page that needs no server and no script: its images are in it, some 10 KB each. Cells of the caller's are texts.
 * @param heading - of the page
 */
export async function* contactSheet(
  images: readonly SheetImage[],
  heading: string,
  objects: Pick<Objects, "get">,
): AsyncGenerator<string, void> {
  yield `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escaped(heading)}</title>`;
  yield `<style>${style}</style></head><body><h1>${escaped(heading)}</h1><main>`;
  for (const image of images) yield await figure(image, objects);
  yield "</main></body></html>\n";
}

const style =
  "body{font:13px/1.35 system-ui,sans-serif;margin:16px;color:#222;background:#fff}h1{font-size:16px}" +
  "main{display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));gap:12px}" +
  "figure{margin:0;break-inside:avoid}figure>div{aspect-ratio:1;background:#f2f2f2;display:grid;place-items:center}" +
  "img{max-width:100%;max-height:100%}figcaption{overflow-wrap:anywhere}b{display:block}" +
  ".needs_review b::after{content:' ●';color:#c60}.rejected{opacity:.5}" +
  "@media print{main{grid-template-columns:repeat(8,1fr)}body{margin:0;font-size:9px}}";

async function figure({ result: { task, review }, file }: SheetImage, objects: Pick<Objects, "get">): Promise<string> {
  const source = await shownBytes(file, objects);
  const shown =
    source === undefined ? escaped(`${file.width} × ${file.height}`) : picture(source, task.alt ?? file.name);
  const marks = [review?.state ?? "", ...(review?.flags ?? []), review?.decision?.reason ?? ""];
  const words = marks.filter((mark) => mark !== "").map((mark) => mark.replaceAll("_", " "));
  return (
    `<figure class="${review?.state ?? ""}"><div>${shown}</div><figcaption><b>${escaped(file.name)}</b>` +
    `${escaped(words.join(", "))}</figcaption></figure>`
  );
}

interface ShownBytes {
  readonly type: string;
  readonly body: Uint8Array;
}

function picture({ type, body }: ShownBytes, alt: string): string {
  return `<img alt="${escaped(alt)}" src="data:${type};base64,${Buffer.from(body).toString("base64")}">`;
}

/** The small copy, or the file where that is small; nothing where the image is gone. */
async function shownBytes(file: NamedFile, objects: Pick<Objects, "get">): Promise<ShownBytes | undefined> {
  const small = file.hasThumbnail ? await objects.get(thumbnailKey(file, keptThumbnailSide)) : undefined;
  if (small !== undefined) return { type: "image/webp", body: small.body };
  const whole = file.bytes <= maxShownBytes ? await objects.get(file.key) : undefined;
  return whole && { type: contentTypes[file.format], body: whole.body };
}

const entities: { readonly [character: string]: string } = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}
