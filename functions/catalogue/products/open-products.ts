import { type CatalogueLimits, catalogueLimits } from "../limits.ts";
import { templateNames } from "../plan/template.ts";
import { CatalogueError } from "../problems/catalogue-problem.ts";
import { Warnings } from "../problems/warnings.ts";
import { chooseProfile } from "../profiles/choose-profile.ts";
import type { CatalogueRecord, CatalogueTable } from "../tables/catalogue-table.ts";
import { mapColumns, sampleRecords } from "./map-columns.ts";
import type {
  AskedMapping,
  CatalogueReport,
  ColumnMapping,
  FieldReport,
  Product,
  ProductField,
  ProductRow,
} from "./product.ts";
import { ProductBuilder } from "./product-builder.ts";
import { RowRules } from "./row-rules.ts";

/** What a caller decides about the products of a file; everything else is found out. */
export interface ProductOptions {
  /** Id of a profile. @default the one whose columns are there */
  readonly profile?: string;
  readonly mapping?: AskedMapping;
  /** @default "refuse" */
  readonly duplicates?: "refuse" | "suffix";
  /** Tags such as `de-DE`: of columns in several languages, those in the first are used. @default the first column */
  readonly languages?: readonly string[];
}

/** The products of an open catalogue. */
interface CatalogueProducts {
  readonly mapping: ColumnMapping;
  readonly fields: readonly FieldReport[];
  /** Whether a column is known to hold the SKU; without one there are no rows. */
  readonly hasSku: boolean;
  /**
   * Every row that is a product or should have been one, in file order; parents without variants come last.
   * @throws CatalogueError `sku_column_unknown`, `too_many_products`, and whatever reading throws
   */
  rows(): AsyncGenerator<ProductRow, void>;
  /** Complete once `rows` has been read to its end. */
  report(): CatalogueReport;
}

const samples = 4;

/**
 * Recognises the export, maps its columns and makes products of its records.
 * @throws CatalogueError `profile_unknown`, `mapping_column_unknown`, and whatever reading the first records throws
 */
export async function openProducts(
  table: CatalogueTable,
  options: ProductOptions = {},
  limits: CatalogueLimits = catalogueLimits,
): Promise<CatalogueProducts> {
  const { columns } = table;
  const { profile, confidence } = chooseProfile(columns, options.profile);
  const sample = await firstRecords(table);
  const { mapping, fields } = mapColumns(columns, sample, profile, options.mapping, options.languages);
  const rules = new RowRules({ columns, profile, mapping, isImageAsked: options.mapping?.image !== undefined });
  const { inherit = "none" } = profile;
  const { duplicates = "refuse" } = options;
  const builderOf = (warnings: Warnings) =>
    new ProductBuilder({ rules, columns, inherit, duplicates, warnings, limits });
  let warnings = new Warnings();
  let builder = builderOf(warnings);
  let sampleProducts: Product[] = [];
  const keep = (row: ProductRow) => {
    if ("product" in row && sampleProducts.length < samples) sampleProducts.push(row.product);
    return row;
  };
  const hasSku = rules.skuColumns.length > 0;
  return {
    mapping,
    fields,
    hasSku,
    async *rows() {
      if (!hasSku) throw unknownSku(fields);
      warnings = new Warnings();
      builder = builderOf(warnings);
      sampleProducts = [];
      for await (const record of table.records()) for (const row of builder.add(record)) yield keep(row);
      for (const row of builder.end()) yield keep(row);
    },
    report() {
      const file = table.report();
      const { products, refused, skipped } = builder;
      return {
        file,
        profile: { id: profile.id, name: profile.name, confidence },
        products,
        refused,
        skipped,
        mapping: fields,
        names: [...templateNames(columns, { ...optionNames(rules, sample), ...mapping })].map(([name, column]) => ({
          column,
          name,
        })),
        warnings: [...file.warnings, ...warnings.list()],
        sampleProducts,
        needsAcceptance: file.isRagged,
      };
    },
  };
}

/**
 * Fields that only options say, with all columns that may hold them: which one it is differs from product to product,
 * so the names are those of no column.
 */
function optionNames(rules: RowRules, sample: readonly CatalogueRecord[]): { [field in ProductField]?: string } {
  const found = new Set(sample.flatMap(({ cells }) => rules.optionFields(cells)));
  return Object.fromEntries([...found].map((field) => [field, `${rules.optionColumns.join(", ")} (${field})`]));
}

async function firstRecords(table: CatalogueTable): Promise<CatalogueRecord[]> {
  const records: CatalogueRecord[] = [];
  for await (const record of table.records()) {
    records.push(record);
    if (records.length === sampleRecords) break;
  }
  return records;
}

function unknownSku(fields: readonly FieldReport[]): CatalogueError {
  const others = fields.find(({ field }) => field === "sku")?.others.map(({ column }) => column) ?? [];
  const offered = others.join(", ");
  const suggestion = {
    en: offered === "" ? "No column looks like one" : `Columns that look like one: ${offered}`,
    zh: offered === "" ? "没有类似的列" : `可能的列：${offered}`,
  };
  return new CatalogueError("sku_column_unknown", { suggestion }, { param: "mapping.sku" });
}
