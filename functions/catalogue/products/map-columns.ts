import { closestName } from "../../../shared/closest-name.ts";
import { CatalogueError } from "../problems/catalogue-problem.ts";
import { fitOf, type NameForms, nameForms } from "../profiles/field-names.ts";
import { findColumns, inLanguage } from "../profiles/find-column.ts";
import { type ExportProfile, headersOf } from "../profiles/profile.ts";
import type { CatalogueRecord } from "../tables/catalogue-table.ts";
import {
  type AskedMapping,
  type ColumnChoice,
  type ColumnMapping,
  type FieldReport,
  type ProductField,
  productFields,
} from "./product.ts";

/** Records by which values are judged. */
export const sampleRecords = 200;

const nameWeight = 3;
const valueWeight = 2;
/** Below it a field stays open: somebody has to choose. */
const enough = 3;
const maxChoices = 5;
/** What is shown as a choice: a column of codes, all different, is one whatever its name. */
const leastScore = 0.75;
const sampleCharacters = 120;
const longestTitle = 60;

interface ColumnValues {
  readonly column: string;
  readonly forms: NameForms;
  readonly filled: readonly string[];
  readonly hasPictures: boolean;
}

/**
 * Which column holds which field: what the caller says, else what the profile of a known export says, else what names
 * and values say.
 * @throws CatalogueError `mapping_column_unknown` for a column that the file does not have
 */
export function mapColumns(
  columns: readonly string[],
  sample: readonly CatalogueRecord[],
  profile: ExportProfile,
  asked: AskedMapping = {},
  languages: readonly string[] = [],
): { readonly mapping: ColumnMapping; readonly fields: readonly FieldReport[] } {
  const values = columns.map(
    (column, index): ColumnValues => ({
      column,
      forms: nameForms(column),
      filled: sample.map(({ cells }) => cells[index]!.trim()).filter((text) => text !== ""),
      hasPictures: sample.some(({ pictures }) => pictures?.some((picture) => picture.column === index)),
    }),
  );
  const byColumn = new Map(values.map((value) => [value.column, value]));
  const chosen: { [field in ProductField]?: string } = {};
  const reports = productFields.map((field): FieldReport => {
    const choices = choicesOf(field, values);
    const known = profileColumn(field, columns, profile, { byColumn, languages });
    const { column, chosenBy } = chosenColumn(field, { columns, known, choices, taken: chosen }, asked);
    if (column !== undefined) chosen[field] = column;
    return {
      field,
      column,
      chosenBy,
      samples: column === undefined ? [] : samplesOf(byColumn.get(column)!),
      others: choices.filter((choice) => choice.column !== column).slice(0, maxChoices),
    };
  });
  const fields = withShortDescription(reports, byColumn);
  const mapping: ColumnMapping = Object.fromEntries(
    fields.flatMap(({ field, column }) => (column === undefined ? [] : [[field, column]])),
  );
  return { mapping, fields };
}

interface ColumnsInUse {
  readonly byColumn: ReadonlyMap<string, ColumnValues>;
  readonly languages: readonly string[];
}

/** The column that a known export has the field in; of several languages the reader's own, unless it is half empty. */
function profileColumn(
  field: ProductField,
  columns: readonly string[],
  profile: ExportProfile,
  { byColumn, languages }: ColumnsInUse,
): string | undefined {
  const headers = field === "sku" ? profile.sku : field === "image" ? profile.photos.map(({ column }) => column) : [];
  const named = [...headers, ...(profile.fields[field] ?? [])];
  const found = findColumns(columns, headersOf(profile, named));
  const most = mostFilled(found, byColumn);
  const filled = (column: string | undefined) => byColumn.get(column ?? "")?.filled.length ?? 0;
  const used = found.filter((column) => 2 * filled(column) >= filled(most));
  return mostFilled(inLanguage(used, languages), byColumn);
}

interface Choosing {
  readonly columns: readonly string[];
  readonly known: string | undefined;
  readonly choices: readonly ColumnChoice[];
  readonly taken: ColumnMapping;
}

function chosenColumn(
  field: ProductField,
  { columns, known, choices, taken }: Choosing,
  asked: AskedMapping,
): Pick<FieldReport, "column" | "chosenBy"> {
  const wanted = asked[field];
  if (wanted === null) return { chosenBy: "caller" };
  if (wanted !== undefined) {
    if (columns.includes(wanted)) return { column: wanted, chosenBy: "caller" };
    const near = closestName(wanted, columns);
    const suggestion = {
      en: near === undefined ? "see the columns in the report" : `did you mean ${near}?`,
      zh: near === undefined ? "请查看报告中的列" : `是否指 ${near}？`,
    };
    throw new CatalogueError(
      "mapping_column_unknown",
      { field, value: wanted, suggestion },
      { param: `mapping.${field}` },
    );
  }
  if (known !== undefined) return { column: known, chosenBy: "profile" };
  const used = new Set(Object.values(taken));
  const best = choices.find(({ column, score }) => score >= enough && !used.has(column));
  return best === undefined ? {} : { column: best.column, chosenBy: "names_and_values" };
}

/**
 * In tables of stock there is often no title, but a description that is as short as one: templates may use it by either
 * name.
 */
function withShortDescription(
  fields: readonly FieldReport[],
  byColumn: ReadonlyMap<string, ColumnValues>,
): readonly FieldReport[] {
  const column = fields.find(({ field }) => field === "description")?.column;
  // A name such as `Body (HTML)` says that it is no title.
  if (column === undefined || /html|body/i.test(column)) return fields;
  const described = byColumn.get(column)!;
  const characters = described.filled.reduce((sum, text) => sum + text.length, 0);
  if (characters === 0 || characters > longestTitle * described.filled.length) return fields;
  return fields.map((report) =>
    report.field === "title" && report.column === undefined && report.chosenBy === undefined
      ? { ...report, column, chosenBy: "names_and_values", samples: samplesOf(described) }
      : report,
  );
}

/** Of the names of a product in several languages, `name-*`, the one that most products have. */
function mostFilled(columns: readonly string[], byColumn: ReadonlyMap<string, ColumnValues>): string | undefined {
  const count = (column: string) => byColumn.get(column)!.filled.length;
  return columns.reduce<string | undefined>(
    (best, column) => (best === undefined || count(column) > count(best) ? column : best),
    undefined,
  );
}

/** Columns that could hold the field, best first; of equals the one further left. */
function choicesOf(field: ProductField, values: readonly ColumnValues[]): ColumnChoice[] {
  const choices: (ColumnChoice & { readonly rank: number })[] = [];
  for (const value of values) {
    const { fit: name, rank } = fitOf(field, value.forms);
    const fit = valueFit(field, value);
    // A name without fitting values is believed less: a `SKU` column may be empty.
    const score = nameWeight * name * (fit < 0 ? 0.5 : 1) + valueWeight * Math.max(fit, 0);
    if (score >= leastScore)
      choices.push({ column: value.column, score: Math.round(score * 100) / 100, samples: samplesOf(value), rank });
  }
  choices.sort((a, b) => b.score - a.score || a.rank - b.rank);
  return choices.map(({ rank: _, ...choice }) => choice);
}

/**
 * How much the values look like those of the field, 0 to 1; negative where they cannot be. 0 also where nothing is
 * known.
 */
function valueFit(field: ProductField, { filled, hasPictures }: ColumnValues): number {
  if (field === "image" && hasPictures) return 1;
  if (filled.length === 0) return -1;
  const share = (test: (text: string) => boolean) => filled.filter(test).length / filled.length;
  const unique = new Set(filled).size / filled.length;
  const meanLength = filled.reduce((sum, text) => sum + text.length, 0) / filled.length;
  switch (field) {
    case "sku":
      return share(isCode) < 0.8 ? -1 : unique * share(isCode) * (filled.length < 3 ? 0.4 : 0.49);
    case "title":
      return share(isAddress) > 0.2 || share(isNumber) > 0.5
        ? -1
        : meanLength >= (filled.some((text) => /[^\0-\u02ff]/.test(text)) ? 2 : 4) && meanLength <= 120
          ? 0.45 * unique
          : 0;
    case "image":
    case "mask":
      return share((text) => isAddress(text) || isImageName(text)) - (share(isNumber) > 0.5 ? 1 : 0);
    case "color":
      return meanLength <= 20 && share(isNumber) < 0.2 ? 0.3 : -1;
    case "price":
      return share((text) => /^[^\d]{0,4}\d[\d.,\s]*[^\d]{0,5}$/.test(text)) - 0.7;
    case "barcode":
      return share((text) => /^\d{8,14}$/.test(text)) - 0.6;
    case "description":
      return meanLength > 60 ? 0.4 : 0;
    default:
      return share(isAddress) > 0.5 ? -1 : 0;
  }
}

/** A code has no spaces, or few, and is short. */
function isCode(text: string): boolean {
  return text.length <= 60 && !isAddress(text) && text.split(" ").length <= 2;
}

function isAddress(text: string): boolean {
  return /^(?:https?:)?\/\//i.test(text);
}

function isImageName(text: string): boolean {
  return /\.(?:jpe?g|png|webp|gif|avif|tiff?)(?:[?#;,|].*)?$/i.test(text.slice(0, 2_000));
}

function isNumber(text: string): boolean {
  return /^[-+]?\d[\d.,]*$/.test(text);
}

function samplesOf({ filled }: ColumnValues): string[] {
  return [...new Set(filled)].slice(0, 3).map((text) => text.slice(0, sampleCharacters).toWellFormed());
}
