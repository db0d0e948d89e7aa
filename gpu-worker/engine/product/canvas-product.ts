import { assertMaskFits } from "../../../shared/image-files/mask-rules.ts";
import { defaultFill } from "../../../shared/request/product-fields.ts";
import { makeWarning, type Warning } from "../../../shared/warnings/warning.ts";
import type { GenerateParams } from "../../engine.ts";
import type { GrayImage, RgbImage } from "../../pipeline/image.ts";
import { decodeMaskFile, decodePhotoFile, imageFileSize } from "../images/decode-image-file.ts";
import { type CutOut, cutOut } from "./cut-out.ts";
import {
  aroundProduct,
  composeProduct,
  type PlacedProduct,
  type Placement,
  placeProduct,
  whiteImage,
} from "./place-product.ts";

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Enlargement of the photo from which it is worth telling. */
const enlargement = 1.25;

/**
 * A product that is kept, on canvases of one proportion and several sizes: that which is drawn, and the finished one.
 */
export class CanvasProduct {
  readonly by: CutOut["by"];
  readonly #cut: CutOut;
  readonly #placement: Placement;
  #latest: PlacedProduct | undefined;

  /** @throws InvalidInputError `no_cutout`, `invalid_image` */
  static async open({ image, mask, maskMode = "white", product }: GenerateParams): Promise<CanvasProduct> {
    const photo = await decodePhotoFile(image!, "image");
    if (mask !== undefined) assertMaskFits(await imageFileSize(mask, "mask"), photo);
    const background = mask && (await decodeMaskFile(mask, photo, maskMode, "mask"));
    const { fill = defaultFill, anchor = "center" } = product!;
    return new CanvasProduct(cutOut(photo, background), { fill, anchor });
  }

  constructor(cut: CutOut, placement: Placement) {
    this.#cut = cut;
    this.#placement = placement;
    this.by = cut.by;
  }

  /** Placed on a canvas of this size; the latest is kept. */
  async placedAt({ width, height }: Size): Promise<PlacedProduct> {
    const latest = this.#latest?.image;
    if (latest?.width !== width || latest.height !== height) {
      this.#latest = await placeProduct(this.#cut.image, { width, height }, this.#placement);
    }
    return this.#latest!;
  }

  /** What inpainting starts from: the product on white, and all around it to be drawn. */
  async startAt(size: Size): Promise<{ readonly image: RgbImage; readonly mask: GrayImage }> {
    const placed = await this.placedAt(size);
    return { image: composeProduct(whiteImage(size), placed), mask: aroundProduct(placed) };
  }

  /** The product's own pixels over a drawn image, exactly. */
  async putBack(drawn: RgbImage): Promise<RgbImage> {
    return composeProduct(drawn, await this.placedAt(drawn));
  }

  /** What the caller should know of the cut-out, on a finished canvas of this size. */
  async warningsAt(size: Size): Promise<Warning[]> {
    const { scale } = await this.placedAt(size);
    const enlarged =
      scale < enlargement ? [] : [makeWarning("product_enlarged", { times: scale.toFixed(1) }, "product")];
    return [...this.#cut.warnings, ...enlarged];
  }
}
