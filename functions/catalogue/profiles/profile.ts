import type { ProductField } from "../products/product.ts";
import akeneo from "./exports/akeneo.json" with { type: "json" };
import amazon from "./exports/amazon.json" with { type: "json" };
import amazonLegacy from "./exports/amazon-legacy.json" with { type: "json" };
import amazonListings from "./exports/amazon-listings.json" with { type: "json" };
import bigcommerce from "./exports/bigcommerce.json" with { type: "json" };
import bigcommerceV3 from "./exports/bigcommerce-v3.json" with { type: "json" };
import google from "./exports/google.json" with { type: "json" };
import magento from "./exports/magento.json" with { type: "json" };
import magento1 from "./exports/magento1.json" with { type: "json" };
import meta from "./exports/meta.json" with { type: "json" };
import prestashop from "./exports/prestashop.json" with { type: "json" };
import rakuten from "./exports/rakuten.json" with { type: "json" };
import shopify from "./exports/shopify.json" with { type: "json" };
import shopifyLegacy from "./exports/shopify-legacy.json" with { type: "json" };
import taobao from "./exports/taobao.json" with { type: "json" };
import wix from "./exports/wix.json" with { type: "json" };
import woocommerce from "./exports/woocommerce.json" with { type: "json" };

/** Rows that are no products, or products of a kind that is not drawn. All conditions of a rule hold at once. */
interface SkipRule {
  readonly kind: string;
  /** Column whose value is one of `values`, compared without case; several values of a cell are separated by commas. */
  readonly column?: string;
  readonly values?: readonly string[];
  /** Columns that are all empty. */
  readonly empty?: readonly string[];
  /** A column that is filled. */
  readonly filled?: string;
}

/** Where a product's photo is, in the order in which the sources are asked. */
export interface PhotoSource {
  readonly column: string;
  /** `row`: of the row itself. `first`: of the first row of its group. @default "row" */
  readonly of?: "row" | "first";
  /** How the cell says it. @default addresses or names */
  readonly format?: "taobao";
}

/** What is known about the export of one shop system. A column is its exact header, or a pattern with `*`. */
export interface ExportProfile {
  readonly id: string;
  readonly name: string;
  /** The file is of this kind when of each list one column is there. */
  readonly anchors: readonly (readonly string[])[];
  readonly sku: readonly string[];
  /** Joins the rows of one product. */
  readonly key?: readonly string[];
  /**
   * The row whose values fill empty cells. `first`: of the first row with the same key; `parent`: of the row whose SKU
   * (or `id:` and number) the key names; `last_product`: of the last row that is a product of its own; `group`: of the
   * row that begins the group, which the rows of its variants and images follow.
   * @default "none"
   */
  readonly inherit?: "none" | "first" | "parent" | "last_product" | "group";
  /**
   * Column and values of a row that others inherit from; without children it is a product of its own. Without values
   * it is every row where the column is filled.
   */
  readonly parents?: { readonly column: string; readonly values?: readonly string[]; readonly id?: string };
  /** Column and values of the rows of a group that only have an image of its product. */
  readonly images?: { readonly column: string; readonly values: readonly string[] };
  readonly fields: { readonly [field in ProductField]?: readonly string[] };
  /** Pairs of columns: an option's name and its value. */
  readonly options?: readonly (readonly [name: string, value: string])[];
  /** Column that names options within its cell: `Type=Dropdown|Name=Color|Value=Red`. */
  readonly namedOptions?: string;
  readonly photos: readonly PhotoSource[];
  readonly skip?: readonly SkipRule[];
  /** A row without SKU is named by its key and its options. */
  readonly skuFromOptions?: boolean;
  /** Headers in other languages, by the one that the rest of the profile uses. */
  readonly translations?: { readonly [header: string]: readonly string[] };
}

/** The headers with their translations, in the order in which they are looked for. */
export function headersOf({ translations = {} }: ExportProfile, headers: readonly string[]): string[] {
  return headers.flatMap((header) => [header, ...(translations[header] ?? [])]);
}

export const profiles: readonly ExportProfile[] = [
  shopifyLegacy,
  shopify,
  woocommerce,
  magento,
  magento1,
  prestashop,
  akeneo,
  bigcommerce,
  bigcommerceV3,
  amazon,
  amazonLegacy,
  amazonListings,
  meta,
  google,
  taobao,
  rakuten,
  wix,
] as readonly object[] as readonly ExportProfile[];

/** For files of no known export: everything is found by names and values. */
export const genericProfile: ExportProfile = {
  id: "generic",
  name: "Table of products",
  anchors: [],
  sku: [],
  fields: {},
  photos: [],
};
