import { CatalogueError } from "../problems/catalogue-problem.ts";
import type { Product } from "../products/product.ts";
import type { TemplateNames } from "./template.ts";

/** Part of a photo, in shares of its width and height. */
export interface CropBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Name of the column that says for a product which part of its photo is its detail. */
const boxColumn = "detail_box";
const centre: CropBox = { x: 0.325, y: 0.325, width: 0.35, height: 0.35 };

/**
 * What a crop takes of a product's photo: its cell under `detail_box`, four percentages for left, top, width and
 * height, else what the shot says, else the middle 35 %.
 * @throws CatalogueError `detail_box_invalid`
 */
export function detailBox(product: Product, names: TemplateNames, ofShot: CropBox = centre): CropBox {
  const column = names.get(boxColumn);
  const cell = column === undefined ? "" : (product.cells[column] ?? "").trim();
  if (cell === "") return ofShot;
  const shares = cell
    .split(/[\s,;]+/)
    .map((part) => (/^\d{1,3}(?:\.\d{1,6})?%?$/.test(part) ? Number.parseFloat(part) / 100 : Number.NaN));
  const [x = 0, y = 0, width = 0, height = 0] = shares;
  const isBox = shares.length === 4 && width > 0 && height > 0 && x + width <= 1 && y + height <= 1;
  if (isBox) return { x, y, width, height };
  throw new CatalogueError("detail_box_invalid", { line: product.line, column: column!, value: cell });
}
