import { blockStack, replacePadding } from "../blocks/block-stack.ts";
import { type TransformerBlockInputs, transformerBlock } from "../blocks/transformer-block.ts";
import type { GraphBuilder } from "../graph-builder.ts";
import { add, cast, mul } from "../ops/arithmetic.ts";
import { linear } from "../ops/linear.ts";
import { concat } from "../ops/shape.ts";
import type { Value } from "../value.ts";
import type { ControlNetConfig } from "./control-net-config.ts";
import type { TransformerConfig } from "./z-image-config.ts";

export interface ControlNetInputs {
  readonly config: ControlNetConfig;
  /** `[B, X, patchSize² · inChannels]` float32: the control latents, cut up like those of the image. */
  readonly patches: Value;
  /** `[]` float32: strength of the hints, 0 is none. */
  readonly scale: Value;
}

/** What the side network shares with the transformer. B batch, X image tokens, C caption tokens, S = X + C. */
export interface SharedStreams {
  /** `[B, X, D]` before the noise refiner. */
  readonly imageTokens: Value;
  /** `[B, X, 1]` bool */
  readonly imagePadding: Value;
  /** `[B, X, D]` after the noise refiner. */
  readonly image: Value;
  /** `[B, C, D]` after the context refiner. */
  readonly text: Value;
  /** `[B, S, D]`: `image` and `text` in a row. */
  readonly unified: Value;
  readonly imageBlocks: TransformerBlockInputs;
  readonly unifiedBlocks: TransformerBlockInputs;
}

/** Declare the inputs, `control_patches` and `control_scale`. */
export function controlNetInputs(g: GraphBuilder, config: ControlNetConfig, patchSize: number): ControlNetInputs {
  return {
    config,
    patches: g.input("control_patches", "float32", ["B", "X", patchSize ** 2 * config.inChannels]),
    scale: g.input("control_scale", "float32", []),
  };
}

/**
 * What a ControlNet adds to the main stream, `[B, S, D]` by the number of the layer after which it is added. The
 * embedders, refiners and pad tokens are the transformer's own, so in one graph with it the side network costs its own
 * layers and, with hints of its own for the refiner, one more pass through that.
 * @see diffusers `models/controlnets/controlnet_z_image.py`, `ZImageControlNetModel.forward`
 */
export function controlHints(
  g: GraphBuilder,
  { config, patches, scale }: ControlNetInputs,
  shared: SharedStreams,
  base: TransformerConfig,
): Map<number, Value> {
  const { imageTokens, imagePadding, text, imageBlocks, unifiedBlocks } = shared;
  const strength = cast(g, scale, g.computeDtype);
  const embedded = linear(g, cast(g, patches, g.computeDtype), "control_all_x_embedder.2-1", base.dim, { bias: true });
  let control = replacePadding(g, embedded, imagePadding, "x_pad_token"); // [B, X, D]
  let { unified } = shared;
  if (config.refiner === "plain") {
    control = blockStack(g, "control_noise_refiner", config.refinerLayers, control, imageBlocks, base);
  } else {
    const count = config.refiner === "control_layers" ? config.places.length : config.refinerPlaces.length;
    const refined = controlStack(g, config.refiner, count, control, imageTokens, imageBlocks, base);
    control = refined.control;
    const hints = scaled(g, refined.skips, config.refinerPlaces, strength);
    // These hints change the ControlNet's own view of the image and not the main stream's.
    const image = blockStack(g, "noise_refiner", base.refinerLayers, imageTokens, imageBlocks, base, hints);
    unified = concat(g, [image, text], 1, "S");
  }
  const controlUnified = concat(g, [control, text], 1, "S");
  const { skips } = controlStack(
    g,
    "control_layers",
    config.places.length,
    controlUnified,
    unified,
    unifiedBlocks,
    base,
  );
  const hints = scaled(g, skips, config.places, strength);
  for (const [layer, hint] of hints) g.probe(`control.${layer}`, hint);
  return hints;
}

/** Modulated blocks over the control stream; the first takes the main stream in, each gives a hint on the side. */
function controlStack(
  g: GraphBuilder,
  name: string,
  count: number,
  control: Value,
  main: Value,
  inputs: TransformerBlockInputs,
  base: TransformerConfig,
): { control: Value; skips: readonly Value[] } {
  let c = control;
  const skips: Value[] = [];
  for (let layer = 0; layer < count; layer++) {
    g.scope(`${name}.${layer}`, () => {
      if (layer === 0) c = add(g, linear(g, c, "before_proj", base.dim, { bias: true }), main);
      c = transformerBlock(g, c, inputs, base);
      skips.push(linear(g, c, "after_proj", base.dim, { bias: true }));
    });
  }
  return { control: c, skips };
}

function scaled(
  g: GraphBuilder,
  skips: readonly Value[],
  places: readonly number[],
  strength: Value,
): Map<number, Value> {
  return new Map(places.map((layer, index) => [layer, mul(g, skips[index]!, strength)]));
}
