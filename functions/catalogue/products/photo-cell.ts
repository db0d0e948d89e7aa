import type { CellPicture } from "../tables/catalogue-table.ts";
import type { PhotoReference } from "./product.ts";

const maxReferences = 50;

/**
 * The first image that a cell names: an address, the id of an uploaded file, or a name in the ZIP of pictures. Several
 * are separated by `;`, `|` or a line break, or by a comma before `http`.
 */
export function photoIn(cell: string): PhotoReference | undefined {
  const texts = cell.slice(0, 100_000).split(/[;|\r\n]|,(?=\s*https?:)/i, maxReferences);
  for (const part of texts) {
    const text = part.trim();
    if (text !== "") return referenceOf(text);
  }
  return undefined;
}

function referenceOf(text: string): PhotoReference {
  if (/^https?:\/\//i.test(text)) return { from: "url", url: text };
  if (/^\/\/[^/]/.test(text)) return { from: "url", url: `https:${text}` };
  if (/^(?:file-|rf_)[0-9A-Z]{26}$/.test(text)) return { from: "file", fileId: text };
  return { from: "name", name: text };
}

/** Image in the lowest position of Taobao's `md5:1:position:|url;…`: its address, or the file `md5.tbi`. */
export function taobaoPhoto(cell: string): PhotoReference | undefined {
  let best: { position: number; photo: PhotoReference } | undefined;
  for (const part of cell.slice(0, 100_000).split(";", maxReferences)) {
    const found = /^\s*([0-9a-zA-Z]{1,64}):\d+:(\d{1,4}):[^|]{0,100}\|?(.*)$/s.exec(part);
    if (found === null) continue;
    const position = Number(found[2]);
    const url = found[3]!.trim();
    const photo: PhotoReference = url === "" ? { from: "name", name: `${found[1]}.tbi` } : referenceOf(url);
    if (best === undefined || position < best.position) best = { position, photo };
  }
  return best?.photo ?? photoIn(/^[0-9a-f]{32}:/.test(cell.trim()) ? "" : cell);
}

/** A picture that lies in the cell; `undefined` where it is missing from the file. */
export function photoOfPicture({ entry }: CellPicture): PhotoReference | undefined {
  return entry === undefined ? undefined : { from: "cell", entry };
}
