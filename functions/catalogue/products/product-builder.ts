import { createHash } from "node:crypto";
import type { CatalogueLimits } from "../limits.ts";
import { CatalogueError, catalogueProblem } from "../problems/catalogue-problem.ts";
import type { Warnings } from "../problems/warnings.ts";
import type { ExportProfile } from "../profiles/profile.ts";
import type { CatalogueRecord } from "../tables/catalogue-table.ts";
import type { Product, ProductRow } from "./product.ts";
import type { RowRules } from "./row-rules.ts";
import { skuProblem } from "./sku.ts";

interface BuilderOptions {
  readonly rules: RowRules;
  readonly columns: readonly string[];
  readonly inherit: NonNullable<ExportProfile["inherit"]>;
  /** What happens to a SKU that comes again with other values. */
  readonly duplicates: "refuse" | "suffix";
  readonly warnings: Warnings;
  readonly limits: CatalogueLimits;
}

/** A row that waits, as text of its own: a slice of the file would keep a megabyte of it in memory. */
interface HeldRow {
  readonly record: string;
  hasChildren: boolean;
}

const heldGroups = 64;
/** Characters of the variants of a product that wait for the images of its group. */
const heldVariantCharacters = 4_000_000;

/** The rows of one product, which end where the next product begins. */
interface RowGroup {
  product: CatalogueRecord;
  readonly variants: CatalogueRecord[];
  hasVariants: boolean;
  characters: number;
}

/** Makes products of records in file order: fills in what rows inherit, refuses what cannot be a product of its own. */
export class ProductBuilder {
  readonly #options: BuilderOptions;
  /** By SKU, with the one that it was made of. */
  readonly #seen = new Map<string, { readonly line: number; readonly hash: string; readonly of: string }>();
  /** First rows of the latest groups, by key. */
  readonly #groups = new Map<string, readonly string[]>();
  /** Rows that others inherit from, by each of their names; in file order. */
  readonly #parents = new Map<string, HeldRow>();
  readonly #parentRows: HeldRow[] = [];
  /** Rows whose parent has not come yet. */
  readonly #orphans: string[] = [];
  #last = { text: "", hash: "" };
  #lastProduct: readonly string[] | undefined;
  #group: RowGroup | undefined;
  #products = 0;
  readonly skipped: { [kind: string]: number } = {};
  readonly refused: { [code: string]: number } = {};

  constructor(options: BuilderOptions) {
    this.#options = options;
  }

  get products(): number {
    return this.#products;
  }

  /** @throws CatalogueError `too_many_products` */
  *add(record: CatalogueRecord): Generator<ProductRow, void> {
    const { rules, inherit } = this.#options;
    const kind = rules.skipKind(record.cells);
    if (kind !== undefined) this.#skip(kind);
    else if (inherit === "first") yield* this.#product(record, this.#firstOf(record.cells));
    else if (inherit === "last_product") yield* this.#variant(record);
    else if (inherit === "group") yield* this.#grouped(record);
    else if (inherit === "parent") yield* this.#childOrParent(record);
    else yield* this.#product(record, undefined);
  }

  /** The last group, rows whose parent never came, and parents without children. */
  *end(): Generator<ProductRow, void> {
    yield* this.#endGroup();
    for (const text of this.#orphans) {
      const record = JSON.parse(text) as CatalogueRecord;
      yield* this.#product(record, this.#parentOf(record));
    }
    for (const { record, hasChildren } of this.#parentRows) {
      if (hasChildren) this.#skip("parent");
      else yield* this.#product(JSON.parse(record) as CatalogueRecord, undefined);
    }
  }

  #skip(kind: string): void {
    this.skipped[kind] = (this.skipped[kind] ?? 0) + 1;
  }

  #firstOf(cells: readonly string[]): readonly string[] | undefined {
    const key = this.#options.rules.keyOf(cells);
    if (key === "") return undefined;
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    if (this.#groups.size === heldGroups) this.#groups.delete(this.#groups.keys().next().value!);
    this.#groups.set(key, cells);
    return undefined;
  }

  *#variant(record: CatalogueRecord): Generator<ProductRow, void> {
    const { rules } = this.#options;
    const product = this.#lastProduct;
    if (rules.isParent(record.cells) || product === undefined) {
      this.#lastProduct = record.cells;
      yield* this.#product(record, undefined);
    } else yield* this.#product({ ...record, cells: rules.variantOf(record.cells, product) }, product);
  }

  /** Rows of images may come after those of the variants, so the group is held until it is complete. */
  *#grouped(record: CatalogueRecord): Generator<ProductRow, void> {
    const { rules } = this.#options;
    if (rules.isParent(record.cells)) {
      yield* this.#endGroup();
      this.#group = { product: record, variants: [], hasVariants: false, characters: 0 };
      return;
    }
    const group = this.#group;
    if (rules.isImage(record.cells)) {
      if (group !== undefined)
        group.product = { ...group.product, cells: rules.withImage(group.product.cells, record.cells) };
      this.#skip("image_row");
    } else if (group === undefined) yield* this.#product(record, undefined);
    else {
      group.hasVariants = true;
      group.variants.push(record);
      group.characters += record.cells.reduce((sum, { length }) => sum + length, 0);
      if (group.characters > heldVariantCharacters) yield* this.#heldVariants(group);
    }
  }

  *#endGroup(): Generator<ProductRow, void> {
    const group = this.#group;
    if (group === undefined) return;
    this.#group = undefined;
    if (group.hasVariants) this.#skip("parent");
    else yield* this.#product(group.product, undefined);
    yield* this.#heldVariants(group);
  }

  *#heldVariants(group: RowGroup): Generator<ProductRow, void> {
    const { cells } = group.product;
    const variants = group.variants.splice(0);
    group.characters = 0;
    for (const record of variants) {
      yield* this.#product({ ...record, cells: this.#options.rules.variantOf(record.cells, cells) }, cells);
    }
  }

  *#childOrParent(record: CatalogueRecord): Generator<ProductRow, void> {
    const { rules } = this.#options;
    if (rules.isParent(record.cells)) {
      const held = { record: JSON.stringify(record), hasChildren: false };
      this.#parentRows.push(held);
      for (const name of rules.parentNames(record.cells)) this.#parents.set(detached(name), held);
      this.#refuseTooMany(record.line);
      return;
    }
    if (rules.keyOf(record.cells) === "") {
      yield* this.#product(record, undefined);
      return;
    }
    const parent = this.#parentOf(record);
    if (parent !== undefined) yield* this.#product(record, parent);
    else {
      this.#orphans.push(JSON.stringify(record));
      this.#refuseTooMany(record.line);
    }
  }

  #parentOf({ cells }: CatalogueRecord): readonly string[] | undefined {
    const parent = this.#parents.get(this.#options.rules.keyOf(cells));
    if (parent === undefined) return undefined;
    parent.hasChildren = true;
    return (JSON.parse(parent.record) as CatalogueRecord).cells;
  }

  *#product(record: CatalogueRecord, from: readonly string[] | undefined): Generator<ProductRow, void> {
    const { rules, columns } = this.#options;
    const { line } = record;
    const cells = from === undefined ? record.cells : rules.inherited(record.cells, from);
    const sku = rules.skuOf(cells);
    const isImprecise = rules.skuColumns.some((column) => record.imprecise?.includes(column));
    const column = columns[rules.skuColumns[0] ?? -1] ?? "";
    const problem = skuProblem(sku, { line, column, isImprecise });
    if (problem !== undefined) {
      yield this.#refuse({ line, sku, problem });
      return;
    }
    const parentKey = rules.keyOf(cells);
    const fields = rules.fieldsOf(cells);
    const photo = rules.photoOf(record, cells, from ?? cells);
    const mask = rules.maskOf(cells);
    const product = {
      line,
      parentKey: parentKey === "" ? undefined : parentKey,
      fields,
      cells: rules.cellsOf(cells),
      ...photo,
      ...(mask && { mask }),
    };
    const row = this.#named(sku, product);
    if (row !== undefined) yield row;
  }

  /** The product under a SKU that no other has. */
  #named(sku: string, product: Omit<Product, "index" | "sku">): ProductRow | undefined {
    const { duplicates, warnings } = this.#options;
    const { line, fields, photo, mask } = product;
    const hash = this.#hashOf(JSON.stringify([fields, photo, mask]));
    const before = this.#seen.get(sku);
    let name = sku;
    if (before !== undefined) {
      if (before.hash === hash) {
        warnings.add("duplicate_rows", line);
        return undefined;
      }
      if (duplicates === "refuse") {
        return this.#refuse({
          line,
          sku,
          problem: catalogueProblem("duplicate_sku", { line, value: sku, first: before.line }),
        });
      }
      for (let number = 2; ; number++) {
        name = `${sku}-${number}`;
        const other = this.#seen.get(name);
        if (other === undefined) break;
        if (other.of !== sku || other.hash !== hash) continue;
        warnings.add("duplicate_rows", line);
        return undefined;
      }
      warnings.add("renamed_skus", line);
    }
    this.#seen.set(detached(name), { line, hash, of: detached(sku) });
    const index = this.#products++;
    this.#refuseTooMany(line);
    return { product: { index, sku: name, ...product } };
  }

  /** Rows that repeat each other follow each other: hashing takes half of what such a row takes. */
  #hashOf(text: string): string {
    if (text !== this.#last.text) this.#last = { text, hash: createHash("sha1").update(text).digest("base64") };
    return this.#last.hash;
  }

  #refuse(refused: { line: number; sku: string; problem: ReturnType<typeof catalogueProblem> }): ProductRow {
    const { code } = refused.problem;
    this.refused[code] = (this.refused[code] ?? 0) + 1;
    return { refused };
  }

  #refuseTooMany(line: number): void {
    const { products: limit } = this.#options.limits;
    const held = Math.max(this.#products, this.#parentRows.length, this.#orphans.length);
    if (held <= limit) return;
    throw new CatalogueError("too_many_products", { limit, line, what: { en: "products", zh: "商品" } });
  }
}

/** The same text in memory of its own. */
function detached(text: string): string {
  return Buffer.from(text, "utf16le").toString("utf16le");
}
