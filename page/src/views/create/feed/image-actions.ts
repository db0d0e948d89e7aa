import type { Job, JobImage } from "../../../../../sdk/src/index.ts";
import { changeDraft, type Draft, emptyDraft, replaceDraft } from "../draft.ts";
import { inputNote } from "../input/input-state.ts";
import { maskOpen } from "../mask/mask-state.ts";

type PlacedImage = Pick<JobImage, "id" | "index" | "width" | "height">;

/** An image drawn here is named by its id: nothing is uploaded again. */
export function startFromImage({ id, index, width, height }: PlacedImage, strength: number | null = null): void {
  inputNote.value = null;
  changeDraft({ input: { id, name: `${id}-${index}`, width, height }, mask: null, strength });
  toPrompt();
}

export function editImage(image: PlacedImage): void {
  startFromImage(image);
  maskOpen.value = true;
}

/** Keeps the composition, and changes the rest. */
const varyStrength = 0.35;

/** The same settings, starting from an image that was drawn with them. */
export function varied(settings: Draft, { id, width, height }: PlacedImage): Draft {
  return { ...settings, input: { id, name: "", width, height }, mask: null, strength: varyStrength };
}

/**
 * The settings of a job as a draft, with its seed unless another is given. What it started from is named by its link.
 */
export function draftOfJob({ params }: Job, seed: number | null = params.seed): Draft {
  return draftOfParams(params, seed);
}

export function draftOfParams(params: Job["params"], seed: number | null): Draft {
  const { width, height, image_url: image, mask_url: mask = null } = params;
  return {
    ...emptyDraft,
    model: params.model,
    prompt: params.prompt,
    negativePrompt: params.negative_prompt ?? "",
    size: { width, height },
    n: params.n,
    seed,
    steps: params.steps,
    guidance: params.guidance,
    format: (["png", "jpeg", "webp", "avif"] as const).find((each) => each === params.output.format) ?? "png",
    quality: params.output.quality ?? null,
    upscale: params.upscale ?? "none",
    loras: params.loras ?? [],
    input: image === undefined ? null : { id: image, name: "", width, height },
    strength: params.strength ?? null,
    mask,
  };
}

/** Shows the settings of a job in the composer. */
export function restoreJob(job: Job): void {
  replaceDraft(draftOfJob(job));
  toPrompt();
}

function toPrompt(): void {
  scrollTo({ top: 0 });
  document.getElementById("prompt")?.focus({ preventScroll: true });
}
