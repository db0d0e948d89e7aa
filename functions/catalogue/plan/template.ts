import { Liquid, type Template as Parsed, UndefinedVariableError } from "liquidjs";
import { closestName } from "../../../shared/closest-name.ts";
import { CatalogueError } from "../problems/catalogue-problem.ts";
import type { Product } from "../products/product.ts";

/**
 * A prompt or alt text for all products: Liquid, which people who run shops know, without loops and files. Cells are
 * values and are never parsed. A name that a product has no value for is an error where it is printed, and false in
 * `if`.
 */
export interface Template {
  /** Columns and fields that it reads, as it spells them. */
  readonly names: readonly string[];
  /**
   * @returns the text, its white space folded
   * @throws CatalogueError `template_value_missing` with column and line
   */
  render(product: Product): string;
}

/** Headers by the names under which a template may use them. */
export type TemplateNames = ReadonlyMap<string, string>;

const maxTemplateCharacters = 4_000;
const maxCellCharacters = 500;
/** Characters of a template, milliseconds and new characters of one rendering: far above what a prompt takes. */
const renderLimits = { parseLimit: maxTemplateCharacters, renderLimit: 5_000, memoryLimit: 1_000_000 };

const engine = new Liquid({
  strictVariables: true,
  strictFilters: true,
  lenientIf: true,
  ownPropertyOnly: true,
  relativeReference: false,
  templates: {},
  ...renderLimits,
});
const allowedTags: ReadonlySet<string> = new Set(["if", "unless", "case", "comment", "raw", "assign", "capture", "#"]);
for (const tag of Object.keys(engine.tags)) if (!allowedTags.has(tag)) delete engine.tags[tag];

/**
 * Each header under itself as `row["Header"]`, under its normalised form (`option1_value`), and, where a field is
 * mapped to it, under the field's name, which goes first.
 */
export function templateNames(
  columns: readonly string[],
  mapping: { readonly [field: string]: string | undefined },
): TemplateNames {
  const names = new Map<string, string>();
  for (const [field, column] of Object.entries(mapping)) if (column !== undefined) names.set(field, column);
  for (const column of columns) {
    const name = normalisedName(column);
    if (name !== "" && name !== "row" && !names.has(name)) names.set(name, column);
  }
  return names;
}

/** Letters and digits of any script in lower case, the rest as single underscores; never a number alone. */
function normalisedName(column: string): string {
  const name = column
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "_")
    .replace(/^_|_$/g, "");
  return /^\p{N}/u.test(name) ? `column_${name}` : name;
}

/**
 * @param field - of the request, for messages: `shots[0].prompt` for example
 * @throws CatalogueError `template_invalid`, `template_unknown_name`
 */
export function parseTemplate(
  text: string,
  field: string,
  { columns, names }: { readonly columns: readonly string[]; readonly names: TemplateNames },
): Template {
  const invalid = (value: string) => new CatalogueError("template_invalid", { field, value }, { param: field });
  if (text.length > maxTemplateCharacters) {
    throw invalid(`it has ${text.length} characters, and ${maxTemplateCharacters} is the most`);
  }
  let parsed: Parsed[];
  let used: string[][];
  try {
    parsed = engine.parse(text);
    used = engine.globalVariableSegmentsSync(parsed).map((segments) => segments.map(String));
  } catch (error) {
    // "…, line:1, col:3" and a picture of the place follow.
    throw invalid(error instanceof Error ? error.message.split("\n")[0]! : String(error));
  }
  for (const [name, ...path] of used) {
    const isKnown = name === "row" ? path.length === 1 && columns.includes(path[0]!) : names.has(name!);
    if (isKnown) continue;
    const [value, known] = name === "row" ? [path[0] ?? "row", columns] : [name!, [...names.keys()]];
    const closest = closestName(value, known);
    const suggestion =
      closest === undefined
        ? { en: `the names are ${listed(known)}`, zh: `可用的名称：${listed(known)}` }
        : { en: `did you mean ${closest}?`, zh: `是否想写 ${closest}？` };
    throw new CatalogueError("template_unknown_name", { field, value, suggestion }, { param: field });
  }
  return {
    names: used.map(([name, path]) => (name === "row" ? path! : name!)),
    render: (product) => render(parsed, field, product, names),
  };
}

function listed(names: readonly string[]): string {
  return names.length <= 12 ? names.join(", ") : `${names.slice(0, 12).join(", ")} …`;
}

function render(parsed: Parsed[], field: string, product: Product, names: TemplateNames): string {
  // Only what is filled: a name without value is undefined to the engine.
  const values: { [name: string]: unknown } = Object.create(null);
  const row: { [header: string]: string } = Object.create(null);
  for (const [header, cell] of Object.entries(product.cells)) row[header] = plainText(cell);
  for (const [name, column] of names) if (row[column] !== undefined && row[column] !== "") values[name] = row[column];
  for (const [field, value] of Object.entries(product.fields)) if (value !== "") values[field] = plainText(value);
  values.row = row;
  try {
    return folded(engine.renderSync(parsed, values));
  } catch (error) {
    if (!(error instanceof UndefinedVariableError)) throw error;
    const { variableName } = error.originalError as unknown as { readonly variableName: string };
    const name = variableName.replace(/^row\./, "");
    const column = names.get(name) ?? name;
    throw new CatalogueError("template_value_missing", { field, line: product.line, column });
  }
}

/** A cell as words: without HTML, white space folded, at most 500 characters. */
function plainText(cell: string): string {
  const text = cell.includes("<") || cell.includes("&") ? withoutEntities(cell.replace(/<[^<>]*>/g, " ")) : cell;
  return folded(text.slice(0, 4 * maxCellCharacters))
    .slice(0, maxCellCharacters)
    .toWellFormed();
}

function folded(text: string): string {
  return text.replace(/\s+/gu, " ").trim();
}

const entities: { readonly [name: string]: string } = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " " };

function withoutEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w{2,8}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return entities[(name as string).toLowerCase()] ?? whole;
    const code = decimal !== undefined ? Number(decimal) : Number.parseInt(hex as string, 16);
    return code > 0x1f && code <= 0x10_ffff ? String.fromCodePoint(code) : " ";
  });
}
