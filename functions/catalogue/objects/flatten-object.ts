/** A value as the text of a cell, and whether a whole number lost digits when it was read. */
export interface FlatCell {
  readonly name: string;
  readonly text: string;
  readonly isImprecise: boolean;
}

const maxDepth = 3;

/**
 * The fields of an object as cells: an object within it becomes `image.src`, a list of texts one cell with ` | `
 * between them, and of a list of objects the addresses in them (`images: [{ src }]`).
 */
export function flattenObject(value: { readonly [name: string]: unknown }): FlatCell[] {
  const cells: FlatCell[] = [];
  const add = (prefix: string, fields: { readonly [name: string]: unknown }, depth: number) => {
    for (const [key, field] of Object.entries(fields)) {
      const name = prefix + key;
      if (isObject(field) && depth < maxDepth) add(`${name}.`, field, depth + 1);
      else cells.push({ name, text: textOf(field), isImprecise: isImprecise(field) });
    }
  };
  add("", value, 1);
  return cells;
}

export function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  if (typeof value === "number") return numberText(value);
  if (typeof value === "boolean") return String(value);
  if (!Array.isArray(value)) return JSON.stringify(value);
  return value
    .map((entry) => (isObject(entry) ? (addressIn(entry) ?? JSON.stringify(entry)) : textOf(entry)))
    .join(" | ");
}

/** Without an exponent as long as the digits are known. */
function numberText(value: number): string {
  return Number.isSafeInteger(value)
    ? String(value)
    : Number.isInteger(value)
      ? BigInt(value).toString()
      : String(value);
}

function isImprecise(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value);
}

function addressIn(value: { readonly [name: string]: unknown }): string | undefined {
  for (const name of ["src", "url", "href", "link", "image", "value", "name"]) {
    const found = value[name];
    if (typeof found === "string" && found !== "") return found;
  }
  return undefined;
}
