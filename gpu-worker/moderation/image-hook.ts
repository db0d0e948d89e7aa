import { PipelineError } from "../../shared/errors.ts";
import { contentTypes, type ImageFormat } from "../../shared/job.ts";
import { askModerationHook } from "../../shared/moderation/moderation-hook.ts";
import type { HookSettings } from "../../shared/moderation/moderation-settings.ts";
import { makeWarning, type Warning } from "../../shared/warnings/warning.ts";
import { refusedImage } from "./image-classifier.ts";

/**
 * Asks the deployer's service about a finished image.
 * @returns a warning for the caller, where the image was not judged and is let pass
 * @throws PipelineError `content_policy`; `moderation_unavailable`, retryable, where the deployer refuses what is not
 * judged
 */
export type ImageHook = (
  image: { readonly bytes: Uint8Array; readonly format: ImageFormat },
  signal: AbortSignal,
) => Promise<Warning | undefined>;

/** @param settings - of the deployer's configuration */
export function createImageHook(settings: HookSettings): ImageHook {
  return async ({ bytes, format }, signal) => {
    const url = `data:${contentTypes[format]};base64,${Buffer.from(bytes).toString("base64")}`;
    try {
      const { flagged, categories } = await askModerationHook(settings, [{ type: "image_url", image_url: { url } }], {
        signal,
      });
      if (flagged) throw refusedImage(categories.join(", ") || "flagged");
      return undefined;
    } catch (error) {
      const isUnjudged = error instanceof PipelineError && error.code === "moderation_unavailable";
      if (!isUnjudged || settings.onFailure === "refuse") throw error;
      return makeWarning("image_not_judged");
    }
  };
}
