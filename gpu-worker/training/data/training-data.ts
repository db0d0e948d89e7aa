import type { RgbImage } from "../../pipeline/image.ts";
import type { ImageSize } from "./bucket-sizes.ts";

/**
 * Input of a training run: images, and captions that describe them. All indices count from 0 and are the same on every
 * machine.
 */
export interface TrainingData {
  /** Decides what caches may be reused: another string for other images. */
  readonly fingerprint: string;
  readonly imageCount: number;
  /** Width and height of what `image` gives, multiples of 16. Images of different sizes never meet in one batch. */
  size(image: number): ImageSize;
  image(index: number): Promise<RgbImage>;
  /** Things to learn: an epoch shows each once. */
  readonly exampleCount: number;
  /**
   * A caption of an example and the image that it describes; all images of one example have one size.
   * @param random - numbers in [0, 1); the same stream gives the same caption
   */
  caption(example: number, random: () => number): { readonly text: string; readonly image: number };
  /**
   * All that `caption` may give, where they can be listed: what is computed from them is then made before the first
   * step.
   */
  captions?(): Iterable<string>;
}

/** Default export of the module named in a configuration. @param options - the configuration's own `options` */
export type OpenTrainingData = (options: unknown) => Promise<TrainingData>;
