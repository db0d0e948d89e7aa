import type { Product } from "../../products/product.ts";

/** One image for a shop: approved, published, and not yet exported with this content to this channel. */
export interface ExportImage {
  /** Its task and variation, as the marks of the channel name it. */
  readonly key: string;
  /** It comes before all other images of its product, those included that the channel has. */
  readonly isFirst: boolean;
  /** Id of its shot. */
  readonly shot: string;
  /** Permanent public address: ASCII, no comma, at most 200 characters, ends in the file's name. */
  readonly url: string;
  readonly alt: string;
  readonly width: number;
  readonly height: number;
  /** Its file says by IPTC's DigitalSourceType that it was generated. */
  readonly isLabelled: boolean;
}

/** A product with at least one image to export, in the order of the user's file. */
export interface ExportProduct {
  readonly product: Product;
  /** In the order of the shots. */
  readonly images: readonly ExportImage[];
  /** Address of the first image of the product, whether the channel has it already or not. */
  readonly firstImage: string;
  /** Addresses that the product, or the product that it is a variant of, has in the user's file. */
  readonly formerImages: readonly string[];
}

/** An image that a channel does not take, with the reason. */
export interface LeftOut {
  readonly product: Product;
  readonly image: ExportImage;
  readonly reason: string;
}

export interface WriteBackOptions {
  /** Where the images go in a gallery that has some: behind them, or in front with the former ones listed again. */
  readonly mode: "append" | "front";
  readonly leaveOut: (image: LeftOut) => void;
  /** What somebody should look at before the import; the same text counts once. @default nobody is told */
  readonly note?: (text: string) => void;
}

/** A file that a shop imports. It names only what has changed: importers add images that they have already. */
export interface WriteBack {
  readonly delimiter: "," | ";" | "\t";
  readonly columns: readonly string[];
  /** Rows of products that belong together are one group, which is never split between files. */
  rows(products: AsyncIterable<ExportProduct>, options: WriteBackOptions): AsyncIterable<readonly string[][]>;
}

/** Products that follow each other and are variants of one. */
export async function* groupVariants(products: AsyncIterable<ExportProduct>): AsyncGenerator<ExportProduct[]> {
  let group: ExportProduct[] = [];
  for await (const each of products) {
    const [first] = group;
    if (first !== undefined && keyOf(first) !== keyOf(each)) {
      yield group;
      group = [];
    }
    group.push(each);
  }
  if (group.length > 0) yield group;
}

function keyOf({ product }: ExportProduct): string {
  return product.parentKey ?? `sku ${product.sku}`;
}

/** The first filled cell among the headers. */
export function cellOf({ cells }: Product, ...headers: readonly string[]): string {
  for (const header of headers) {
    const cell = cells[header];
    if (cell !== undefined && cell !== "") return cell;
  }
  return "";
}
