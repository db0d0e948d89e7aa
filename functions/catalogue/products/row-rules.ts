import { catalogueProblem } from "../problems/catalogue-problem.ts";
import { nameFit } from "../profiles/field-names.ts";
import { findColumn } from "../profiles/find-column.ts";
import { type ExportProfile, headersOf, type PhotoSource } from "../profiles/profile.ts";
import type { CatalogueRecord } from "../tables/catalogue-table.ts";
import { photoIn, photoOfPicture, taobaoPhoto } from "./photo-cell.ts";
import type { ColumnMapping, PhotoReference, Product, ProductField } from "./product.ts";
import { cleanSku } from "./sku.ts";

interface RowRulesOptions {
  readonly columns: readonly string[];
  readonly profile: ExportProfile;
  readonly mapping: ColumnMapping;
  /** The image column was chosen by the caller: the profile's rules for photos do not apply. */
  readonly isImageAsked: boolean;
}

type Cells = readonly string[];

/** What may be the name of an option. */
const optionFields = ["color", "size", "material"] as const;

interface Skip {
  readonly kind: string;
  readonly column: number | undefined;
  readonly values: ReadonlySet<string>;
  readonly empty: readonly number[];
  readonly filled: number | undefined;
}

/** What the cells of a row mean under a profile and a mapping: the columns are found once, for all rows. */
export class RowRules {
  readonly skuColumns: readonly number[];
  readonly #columns: readonly string[];
  readonly #key: number;
  readonly #skips: readonly Skip[];
  readonly #parents:
    | { readonly column: number; readonly values: ReadonlySet<string> | undefined; readonly id: number }
    | undefined;
  readonly #images: { readonly column: number; readonly values: ReadonlySet<string> } | undefined;
  readonly #fields: readonly (readonly [field: ProductField, column: number])[];
  readonly #options: readonly (readonly [name: number, value: number])[];
  readonly #namedOptions: number | undefined;
  readonly #photos: readonly (Omit<PhotoSource, "column"> & { readonly column: number })[];
  /** Columns that a row does not inherit. */
  readonly #own: ReadonlySet<number>;
  readonly #namesByOptions: boolean;

  constructor({ columns, profile, mapping, isImageAsked }: RowRulesOptions) {
    const at = (headers: readonly string[]) => {
      const found = findColumn(columns, headersOf(profile, headers));
      return found === undefined ? -1 : columns.indexOf(found);
    };
    const some = (header: string | undefined) => (header === undefined || at([header]) < 0 ? undefined : at([header]));
    this.#columns = columns;
    const mapped = mapping.sku === undefined ? [] : [columns.indexOf(mapping.sku)];
    const fallbacks = profile.sku.map((header) => at([header])).filter((column) => column >= 0);
    const isOwnSku = mapped.some((column) => !fallbacks.includes(column));
    this.skuColumns = isOwnSku ? mapped : [...new Set([...mapped, ...fallbacks])];
    this.#key = profile.key === undefined ? -1 : at(profile.key);
    this.#skips = (profile.skip ?? []).map(({ kind, column, values = [], empty = [], filled }) => ({
      kind,
      column: some(column),
      values: new Set(values.map((value) => value.toLowerCase())),
      empty: empty.map((header) => at([header])).filter((index) => index >= 0),
      filled: some(filled),
    }));
    const { parents } = profile;
    const parentColumn = some(parents?.column);
    this.#parents =
      parents === undefined || parentColumn === undefined
        ? undefined
        : { column: parentColumn, values: parents.values && new Set(parents.values), id: some(parents.id) ?? -1 };
    const imageRows = some(profile.images?.column);
    this.#images = imageRows === undefined ? undefined : { column: imageRows, values: new Set(profile.images!.values) };
    this.#namedOptions = some(profile.namedOptions);
    this.#fields = (Object.entries(mapping) as [ProductField, string][]).map(([field, header]) => [
      field,
      columns.indexOf(header),
    ]);
    this.#options = (profile.options ?? [])
      .map(([name, value]) => [at([name]), at([value])] as const)
      .filter(([name, value]) => name >= 0 && value >= 0);
    const image = mapping.image === undefined ? [] : [{ column: columns.indexOf(mapping.image) }];
    const sources = profile.photos.map((source) => ({ ...source, column: at([source.column]) }));
    const known = sources.filter(({ column }) => column >= 0);
    this.#photos = isImageAsked || known.length === 0 ? image : known;
    const ownPhotos = this.#photos.filter(({ of = "row" }) => of === "row").map(({ column }) => column);
    const mask = mapping.mask === undefined ? [] : [columns.indexOf(mapping.mask)];
    this.#own = new Set([
      ...mask,
      ...this.skuColumns,
      this.#key,
      ...this.#options.map(([, value]) => value),
      ...ownPhotos,
    ]);
    this.#namesByOptions = profile.skuFromOptions === true;
  }

  /** Why the row is no product; `undefined` for a product. */
  skipKind(cells: Cells): string | undefined {
    return this.#skips.find((skip) => matches(skip, cells))?.kind;
  }

  isParent(cells: Cells): boolean {
    if (this.#parents === undefined) return false;
    const { column, values } = this.#parents;
    return values === undefined ? cells[column]!.trim() !== "" : hasValue(cells[column]!, values);
  }

  /** Whether the row only has an image of the product of its group. */
  isImage(cells: Cells): boolean {
    return this.#images !== undefined && hasValue(cells[this.#images.column]!, this.#images.values);
  }

  /** The product of a group with the photo of one of its image rows, where it has none itself. */
  withImage(product: Cells, image: Cells): Cells {
    const hasPhoto = this.#photos.some(({ column }) => product[column]!.trim() !== "");
    if (hasPhoto) return product;
    const columns = new Set(this.#photos.map(({ column }) => column));
    return product.map((cell, column) => (columns.has(column) ? image[column]! : cell));
  }

  /** Names by which other rows call this one their parent. */
  parentNames(cells: Cells): string[] {
    const id = this.#parents === undefined || this.#parents.id < 0 ? "" : cells[this.#parents.id]!.trim();
    const sku = this.skuOf(cells);
    return [...(sku === "" ? [] : [sku]), ...(id === "" ? [] : [`id:${id}`])];
  }

  keyOf(cells: Cells): string {
    return this.#key < 0 ? "" : cleanSku(cells[this.#key]!);
  }

  skuOf(cells: Cells): string {
    for (const column of this.skuColumns) {
      const sku = cleanSku(cells[column]!);
      if (sku !== "") return sku;
    }
    const key = this.keyOf(cells);
    if (!this.#namesByOptions || key === "") return "";
    const values = this.#options
      .map(([, value]) => cells[value]!.trim())
      .filter((text) => !/^(?:|default title)$/i.test(text));
    return [key, ...values].join("-").replaceAll(/\s+/g, "-");
  }

  /** A row with the values of another one where its own cells are empty. */
  inherited(cells: Cells, from: Cells): string[] {
    return cells.map((cell, column) => (cell.trim() === "" && !this.#own.has(column) ? from[column]! : cell));
  }

  /** BigCommerce names a variant by its options, `[S]Color=Red,[S]Size=L`; its title is the product's. */
  variantOf(cells: Cells, product: Cells): string[] {
    const title = this.#fields.find(([field]) => field === "title")?.[1];
    const isByOptions = title !== undefined && /^\s*\[/.test(cells[title]!);
    return this.inherited(isByOptions ? cells.with(title, "") : cells, product);
  }

  fieldsOf(cells: Cells): Product["fields"] {
    const fields: { [field in ProductField]?: string } = {};
    for (const [field, column] of this.#fields) {
      const text = cells[column]!.trim();
      // These have a form of their own in the product.
      if (text !== "" && field !== "image" && field !== "mask" && field !== "sku") fields[field] = text;
    }
    for (const [name, text] of this.#optionsOf(cells)) {
      if (text === "") continue;
      for (const field of ["color", "size", "material"] as const)
        if (nameFit(field, name) === 1) fields[field] ??= text;
    }
    return fields;
  }

  /** Fields that a row's options are: a row with `Color` in `Option1 Name` has a colour. */
  optionFields(cells: Cells): ProductField[] {
    const names = this.#optionsOf(cells).map(([name]) => name);
    return optionFields.filter((field) => names.some((name) => nameFit(field, name) === 1));
  }

  /** Columns in which the value of an option may be. */
  get optionColumns(): readonly string[] {
    const columns = this.#options.map(([, value]) => value);
    return [...columns, ...(this.#namedOptions === undefined ? [] : [this.#namedOptions])].map(
      (column) => this.#columns[column]!,
    );
  }

  #optionsOf(cells: Cells): (readonly [name: string, value: string])[] {
    const own = this.#options.map(([name, value]) => [cells[name]!, cells[value]!.trim()] as const);
    return this.#namedOptions === undefined ? own : [...own, ...namedOptions(cells[this.#namedOptions]!)];
  }

  cellsOf(cells: Cells): { [header: string]: string } {
    const filled: { [header: string]: string } = {};
    for (const [index, cell] of cells.entries()) if (cell !== "") filled[this.#columns[index]!] = cell;
    return filled;
  }

  /** @param first - the row that `of: "first"` means */
  photoOf(record: CatalogueRecord, cells: Cells, first: Cells): Pick<Product, "photo" | "photoProblem"> {
    const picture = this.#pictureOf(record);
    if (picture !== undefined) {
      const photo = photoOfPicture(picture);
      if (photo !== undefined) return { photo };
      const place = { line: record.line, column: this.#columns[picture.column] ?? "", value: picture.name };
      return { photoProblem: catalogueProblem("picture_missing_in_file", place) };
    }
    for (const { column, of = "row", format } of this.#photos) {
      const cell = (of === "first" ? first : cells)[column]!;
      const photo = format === "taobao" ? taobaoPhoto(cell) : photoIn(cell);
      // `View`, a link to the image.
      const link = photo?.from === "name" ? record.links?.find((each) => each.column === column) : undefined;
      if (link !== undefined) return { photo: { from: "url", url: link.url } };
      if (photo !== undefined) return { photo };
    }
    return {};
  }

  maskOf(cells: Cells): PhotoReference | undefined {
    const column = this.#fields.find(([field]) => field === "mask")?.[1];
    return column === undefined ? undefined : photoIn(cells[column]!);
  }

  #pictureOf({ pictures = [], cells }: CatalogueRecord) {
    const columns = this.#photos.map(({ column }) => column);
    const placed = pictures.find(({ column }) => columns.includes(column));
    // A picture that floats over a sheet may begin a little beside the column of images.
    const isAlone = pictures.length === 1 && columns.every((column) => cells[column]!.trim() === "");
    return placed ?? (columns.length === 0 || isAlone ? pictures[0] : undefined);
  }
}

/** `Type=Swatch|Name=Color|Value=Red[#ff0000]|Type=Dropdown|Name=Size|Value=M` */
function namedOptions(cell: string): (readonly [name: string, value: string])[] {
  const options: (readonly [name: string, value: string])[] = [];
  let name = "";
  for (const part of cell.slice(0, 10_000).split("|", 200)) {
    const at = part.indexOf("=");
    const [label, value] = [part.slice(0, at).trim(), part.slice(at + 1).trim()];
    if (label === "Name") name = value;
    if (label === "Value") options.push([name, value.replace(/\[[^[\]]*\]$/, "")]);
  }
  return options;
}

function matches({ column, values, empty, filled }: Skip, cells: Cells): boolean {
  if (column === undefined && empty.length === 0 && filled === undefined) return false;
  if (column !== undefined && !hasValue(cells[column]!, values)) return false;
  if (filled !== undefined && cells[filled]!.trim() === "") return false;
  return empty.every((index) => cells[index]!.trim() === "");
}

function hasValue(cell: string, values: ReadonlySet<string>): boolean {
  const text = cell.trim().toLowerCase();
  return values.has(text) || text.split(",", 20).some((part) => values.has(part.trim()));
}
