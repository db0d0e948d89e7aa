import { computed, signal } from "@preact/signals";
import { keepInTab, keptInTab } from "../../shell/kept.ts";

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** An image that the server has, to start from. */
export interface InputImage extends Size {
  /** What requests name it by: `file-…` or `img_…`. */
  readonly id: string;
  readonly name: string;
}

/** All that the reader has set. `null` leaves a value to the model. */
export interface Draft {
  readonly prompt: string;
  readonly negativePrompt: string;
  readonly model: string | null;
  readonly size: Size | null;
  readonly n: number;
  /** `null` draws another seed each time. */
  readonly seed: number | null;
  readonly steps: number | null;
  readonly guidance: number | null;
  readonly format: "png" | "jpeg" | "webp" | "avif";
  readonly quality: number | null;
  readonly upscale: "none" | "lanczos" | "refine";
  readonly lane: "interactive" | "batch";
  readonly loras: readonly { readonly id: string; readonly scale: number }[];
  readonly controlnet: { readonly id: string; readonly scale: number; readonly image: InputImage | null } | null;
  readonly input: InputImage | null;
  readonly strength: number | null;
  /** The mask as an uploaded file. */
  readonly mask: string | null;
}

export const emptyDraft: Draft = {
  prompt: "",
  negativePrompt: "",
  model: null,
  size: null,
  n: 1,
  seed: null,
  steps: null,
  guidance: null,
  format: "png",
  quality: null,
  upscale: "none",
  lane: "interactive",
  loras: [],
  controlnet: null,
  input: null,
  strength: null,
  mask: null,
};

const name = "zimage.draft";

function storedDraft(): Draft {
  try {
    return { ...emptyDraft, ...(JSON.parse(keptInTab(name) ?? "{}") as Partial<Draft>) };
  } catch {
    return emptyDraft;
  }
}

const current = signal<Draft>(storedDraft());

/** What is being written in this tab; it survives a reload. */
export const draft = computed(() => current.value);

/** The seed that the last drawing had, shown until another is chosen. */
export const lastSeed = signal<number | null>(null);

export function changeDraft(change: Partial<Draft>): void {
  current.value = { ...current.peek(), ...change };
  keepInTab(name, JSON.stringify(current.peek()));
}

export function replaceDraft(whole: Draft): void {
  current.value = emptyDraft;
  changeDraft(whole);
}
