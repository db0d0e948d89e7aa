import type { ControlNetConfig } from "../../graph/architectures/control-net-config.ts";
import type { TransformerConfig } from "../../graph/architectures/z-image-config.ts";
import type { TransformerItem } from "../../pipeline/components.ts";
import type { OnnxTensor } from "../../runtime/onnx-session.ts";
import { floatFeed } from "../open-session.ts";
import { type ItemTokens, patchify } from "./transformer-tokens.ts";

/**
 * The inputs that `controlNetInputs` declares. Filling stays zero: the learned pad token replaces those rows.
 * @throws Error when an item lacks its control latents or they have another size than the image's: that was checked
 * where the request came in
 */
export function controlFeeds(
  items: readonly TransformerItem[],
  tokens: readonly ItemTokens[],
  { inChannels }: ControlNetConfig,
  { patchSize }: TransformerConfig,
): Record<string, OnnxTensor> {
  const length = Math.max(...tokens.map(({ image }) => image.length));
  const width = patchSize ** 2 * inChannels;
  const values = new Float32Array(items.length * length * width);
  items.forEach(({ control, latents }, index) => {
    const expected = [inChannels, ...latents.shape.slice(1)];
    if (`${control?.latents.shape}` !== `${expected}`) {
      throw new Error(`expected control latents [${expected}], got ${control ? `[${control.latents.shape}]` : "none"}`);
    }
    values.set(patchify(control!.latents, patchSize), index * length * width);
  });
  return {
    control_patches: floatFeed(values, [items.length, length, width]),
    control_scale: floatFeed(Float32Array.of(items[0]!.control!.scale), []),
  };
}
