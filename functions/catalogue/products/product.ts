import type { CatalogueProblem, CatalogueWarning } from "../problems/catalogue-problem.ts";
import type { TableReport } from "../tables/catalogue-table.ts";

/** What a column may be used for. Every column stays usable under its own header beside these. */
export const productFields = [
  "sku",
  "title",
  "image",
  "description",
  "color",
  "category",
  "brand",
  "price",
  "barcode",
  "material",
  "size",
  "mask",
] as const;

export type ProductField = (typeof productFields)[number];

/** Header of the column of each field; a field without a column is absent. */
export type ColumnMapping = { readonly [field in ProductField]?: string };

/** What a caller says of columns: `null` leaves a field without one, though a column would fit. */
export type AskedMapping = { readonly [field in ProductField]?: string | null };

/** What a photo cell says: the first that can be used. */
export type PhotoReference =
  | { readonly from: "url"; readonly url: string }
  | { readonly from: "file"; readonly fileId: string }
  /** A name in the ZIP of pictures, as the cell spells it. */
  | { readonly from: "name"; readonly name: string }
  | { readonly from: "cell"; readonly entry: string };

/** One thing to draw: what its rows say, parents' values filled in. */
export interface Product {
  /** Counts products from 0, in file order. */
  readonly index: number;
  /** Line of its row, from 1. */
  readonly line: number;
  readonly sku: string;
  /** What joins variants: handle, parent SKU, item group. */
  readonly parentKey?: string;
  /** By field, only where filled. */
  readonly fields: { readonly [field in ProductField]?: string };
  /** Every cell that is filled, by exact header. */
  readonly cells: { readonly [header: string]: string };
  readonly photo?: PhotoReference;
  /** Says which part of the photo is the product: black; the background is white. */
  readonly mask?: PhotoReference;
  /** Why there is no photo though its cell is filled. */
  readonly photoProblem?: CatalogueProblem;
}

/** A row that is a product but cannot be drawn. */
export interface RefusedRow {
  readonly line: number;
  readonly sku: string;
  readonly problem: CatalogueProblem;
}

export type ProductRow = { readonly product: Product } | { readonly refused: RefusedRow };

/** A column that could hold a field. */
export interface ColumnChoice {
  readonly column: string;
  /** Weight of name and values; below 3 it is never taken unasked. */
  readonly score: number;
  /** At most three filled cells. */
  readonly samples: readonly string[];
}

export interface FieldReport {
  readonly field: ProductField;
  /** The column that was chosen. */
  readonly column?: string;
  readonly samples: readonly string[];
  /** By whom the column was chosen, or that there be none. */
  readonly chosenBy?: "caller" | "profile" | "names_and_values";
  /** Other columns that fit, best first. */
  readonly others: readonly ColumnChoice[];
}

/** All that is known about a catalogue before anything is drawn. */
export interface CatalogueReport {
  readonly file: TableReport;
  readonly profile: { readonly id: string; readonly name: string; readonly confidence: number };
  readonly products: number;
  /** Rows that are products and cannot be drawn, by code. */
  readonly refused: { readonly [code: string]: number };
  /** Rows that are no products, by kind: image rows, parents, grouped products, translations … */
  readonly skipped: { readonly [kind: string]: number };
  readonly mapping: readonly FieldReport[];
  /** Names that a template may use, by column. */
  readonly names: readonly { readonly column: string; readonly name: string }[];
  readonly warnings: readonly CatalogueWarning[];
  readonly sampleProducts: readonly Product[];
  /** The start has to accept the warnings. */
  readonly needsAcceptance: boolean;
}
