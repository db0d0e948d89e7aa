import { type Tensor, tensor } from "../tensor.ts";
import type { Vae } from "./components.ts";
import type { GrayImage, RgbImage } from "./image.ts";
import { scaleLatents, toPixels } from "./image-pixels.ts";
import { maskPixels, modeLatents } from "./image-to-image.ts";

/** An image that says where things are: edges, depth, a pose. */
export interface ControlGuide {
  /** File or folder of the ControlNet. */
  readonly controlNet: string;
  /** Has the size of the image to draw. */
  readonly image: RgbImage;
  /** Strength of the hints. */
  readonly scale: number;
  /** Shares of the steps between which the hints act. @default 0 */
  readonly start?: number;
  /** @default 1 */
  readonly end?: number;
}

/**
 * What a ControlNet reads: the control image's latents, then as far as it has channels for them `1 − mask` and the
 * latents of the image with its mask cut out; zeros where there is nothing to fill in.
 * @param channels - of the ControlNet: 16, or 33
 * @param fill - `cells` `[h, w]` is above 0 where the mask marks
 * @returns `[channels, h, w]`
 * @see diffusers `pipeline_z_image_controlnet_inpaint.py`, `__call__`
 */
export async function controlContext(
  vae: Vae,
  guide: ControlGuide,
  channels: number,
  fill?: { readonly image: RgbImage; readonly mask: GrayImage; readonly cells: Tensor },
): Promise<Tensor> {
  const control = await modeLatents(vae, guide.image);
  const [own = 0, height = 0, width = 0] = control.shape;
  const plane = height * width;
  const context = new Float32Array(channels * plane);
  context.set(control.data);
  if (fill && channels > own) {
    context.set(
      fill.cells.data.map((drawn) => (drawn > 0 ? 0 : 1)),
      own * plane,
    );
    const { mean } = await vae.encode(maskPixels(toPixels(fill.image), fill.mask));
    context.set(scaleLatents(mean, vae).data, (own + 1) * plane);
  }
  return tensor(context, [channels, height, width]);
}
