import type { CatalogueLimits } from "../limits.ts";
import { cellTooLarge } from "../text/quoted-cells.ts";
import { type CatalogueZip, inflates } from "../zip/catalogue-zip.ts";
import { readXmlPart } from "./xml-part.ts";

const slabBytes = 1_048_576;
const maxBytes = 256 * 1_048_576;

/** The texts of a workbook's cells, as UTF-8 in slabs of a megabyte: a million strings of V8 would need far more. */
export class SharedStrings {
  readonly #slabs: Buffer[] = [];
  /** Place of each string: slab times `slabBytes` plus offset, then its bytes. */
  #places = new Float64Array(1_024);
  #lengths = new Uint32Array(1_024);
  #count = 0;
  #used = slabBytes;
  #bytes = 0;
  /** Strings longer than a slab. */
  readonly #long = new Map<number, string>();

  get count(): number {
    return this.#count;
  }

  add(text: string): void {
    const bytes = Buffer.byteLength(text);
    this.#bytes += bytes;
    if (this.#bytes > maxBytes) throw inflates("the texts of its cells", `${maxBytes} bytes of text`);
    if (this.#count === this.#lengths.length) this.#grow();
    const index = this.#count++;
    this.#lengths[index] = bytes;
    if (bytes > slabBytes) {
      this.#long.set(index, text);
      return;
    }
    if (this.#slabs.length === 0 || this.#used + bytes > slabBytes) {
      this.#slabs.push(Buffer.allocUnsafeSlow(slabBytes));
      this.#used = 0;
    }
    this.#slabs.at(-1)!.write(text, this.#used);
    this.#places[index] = (this.#slabs.length - 1) * slabBytes + this.#used;
    this.#used += bytes;
  }

  get(index: number): string | undefined {
    if (!(Number.isInteger(index) && index >= 0 && index < this.#count)) return undefined;
    const bytes = this.#lengths[index]!;
    if (bytes > slabBytes) return this.#long.get(index);
    const place = this.#places[index]!;
    const start = place % slabBytes;
    return bytes === 0 ? "" : this.#slabs[Math.floor(place / slabBytes)]!.toString("utf8", start, start + bytes);
  }

  #grow(): void {
    const places = new Float64Array(this.#places.length * 2);
    places.set(this.#places);
    this.#places = places;
    const lengths = new Uint32Array(this.#lengths.length * 2);
    lengths.set(this.#lengths);
    this.#lengths = lengths;
  }
}

/** The parts of rich text joined; phonetic readings (`rPh`) are no part of it. */
export async function readSharedStrings(
  zip: CatalogueZip,
  name: string | undefined,
  limits: CatalogueLimits,
): Promise<SharedStrings> {
  const strings = new SharedStrings();
  if (name === undefined || !zip.has(name)) return strings;
  let text = "";
  let isText = false;
  let phonetic = 0;
  await readXmlPart(zip, name, {
    open(element) {
      if (element === "si") text = "";
      else if (element === "rPh") phonetic++;
      else if (element === "t") isText = phonetic === 0;
    },
    text(value) {
      if (!isText) return;
      text += value;
      if (text.length > limits.cellCharacters) throw cellTooLarge(strings.count + 1, text, limits.cellCharacters);
    },
    close(element) {
      if (element === "si") strings.add(unescaped(text));
      else if (element === "rPh") phonetic--;
      else if (element === "t") isText = false;
    },
  });
  return strings;
}

/** Excel writes characters that XML cannot hold as `_x000D_`. */
export function unescaped(text: string): string {
  if (!text.includes("_x")) return text;
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}
