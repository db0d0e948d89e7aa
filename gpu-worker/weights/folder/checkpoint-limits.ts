import { maxPixels, maxSequenceLength, maxSide, sizeMultiple } from "../../../shared/limits.ts";
import type { ModelLimits } from "../../../shared/model-catalog/model-catalog.ts";
import type { TextEncoderConfig, TransformerConfig } from "../../graph/architectures/z-image-config.ts";

/** Text tokens are filled up to a multiple of this. */
const sequenceMultiple = 32;
/** Pixels per latent cell along each side. */
const vaeScaleFactor = 8;

export type CheckpointLimits = Pick<ModelLimits, "maxSide" | "maxPixels" | "maxPromptTokens">;

/**
 * What a checkpoint was made for, by the lengths of its rotary axes (caption, rows, columns) and of its text encoder:
 * positions past these were never trained. A caption takes the positions from 1, and the image the one after its
 * filling.
 */
export function checkpointLimits(
  { axesLens, patchSize }: Pick<TransformerConfig, "axesLens" | "patchSize">,
  { maxPositions }: Pick<TextEncoderConfig, "maxPositions">,
): CheckpointLimits {
  const [captionLength, rows, columns] = axesLens;
  const longest = vaeScaleFactor * patchSize * Math.min(rows, columns);
  const side = Math.min(maxSide, Math.floor(longest / sizeMultiple) * sizeMultiple);
  const captionTokens = Math.floor((captionLength - 2) / sequenceMultiple) * sequenceMultiple;
  return {
    maxSide: side,
    maxPixels: Math.min(maxPixels, side * side),
    maxPromptTokens: Math.min(maxSequenceLength, maxPositions, captionTokens),
  };
}
