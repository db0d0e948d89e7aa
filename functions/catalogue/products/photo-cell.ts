import type { CellPicture } from "../tables/catalogue-table.ts";
import type { PhotoReference } from "./product.ts";

const maxReferences = 50;
const maxCellCharacters = 100_000;
/** What people write where there is no image. */
const nothing =
  /^(?:[-–—/.]+|n\/?a|null|none|nil|false|true|0|no(?: image)?|无|暂无|没有|なし|無し|ohne|aucune?|ninguna?)$/i;
/** A name that can only be that of an image. */
const imageName = /\.(?:jpe?g|png|webp|gif|avif|tiff?|bmp|heic|svg)$/i;
const separators = /[;|\r\n；、]|[,，](?=\s*["']?(?:https?:)?\/\/)|\s(?=https?:\/\/)/i;

/**
 * The first image that a cell names: an address, the id of an uploaded file, or a name in the ZIP of pictures. Several
 * are separated by `;`, `|`, a line break or a space before `http`, or by a comma where only addresses or names of
 * image files stand between commas. Addresses are taken out of HTML, Markdown, JSON and the formulas of spreadsheets.
 */
export function photoIn(cell: string): PhotoReference | undefined {
  const text = cell.slice(0, maxCellCharacters).trim();
  if (/^data:/i.test(text)) return undefined;
  const within = addressWithin(text);
  if (within !== undefined) return referenceOf(within);
  const parts = text.split(separators, maxReferences);
  const first = parts.map(bare).find((part) => part !== "" && !nothing.test(part));
  if (first === undefined) return undefined;
  const names = first.split(/[,，]/, maxReferences).map(bare);
  return referenceOf(names.length > 1 && names.every((name) => imageName.test(name)) ? names[0]! : first);
}

/** Without the quotes that a list has around its entries, and a comma that nothing follows. */
function bare(part: string): string {
  return part
    .trim()
    .replace(/^["'`]/, "")
    .replace(/[,，]$/, "")
    .replace(/["'`]$/, "")
    .trim();
}

/** `<img src="…">`, `![…](…)`, `["…"]`, `{"url":"…"}`, `=IMAGE("…")`. */
function addressWithin(text: string): string | undefined {
  const isHtml = text.startsWith("<");
  const isWrapped = isHtml || /^(?:!\[|\[|\{|=\s*(?:IMAGE|HYPERLINK)\s*\()/i.test(text);
  if (!isWrapped) return undefined;
  const plain = text.replaceAll("\\/", "/");
  const source = isHtml ? /\bsrc *= *["']?([^"'\s>]{1,2048})/i.exec(plain)?.[1] : undefined;
  const address = source ?? /(?:https?:)?\/\/[^\s"'<>()[\]{}]{1,2048}/i.exec(plain)?.[0];
  return address?.replaceAll("&amp;", "&");
}

function referenceOf(text: string): PhotoReference {
  if (/^https?:\/\//i.test(text)) return { from: "url", url: text };
  if (/^\/\/[^/]/.test(text)) return { from: "url", url: `https:${text}` };
  if (/^www\.[^/\s]+\//i.test(text)) return { from: "url", url: `https://${text}` };
  if (/^(?:file-|rf_)[0-9A-Z]{26}$/.test(text)) return { from: "file", fileId: text };
  return { from: "name", name: text };
}

/** Image in the lowest position of Taobao's `md5:1:position:|url;…`: its address, or the file `md5.tbi`. */
export function taobaoPhoto(cell: string): PhotoReference | undefined {
  let best: { position: number; photo: PhotoReference } | undefined;
  for (const part of cell.slice(0, maxCellCharacters).split(";", maxReferences)) {
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
