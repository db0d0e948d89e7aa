import { signal } from "@preact/signals";

/** What Create does with an image of the account that another view sends it. */
export const arrivals = ["settings", "again", "vary", "input", "edit", "code"] as const;
export type Arrival = (typeof arrivals)[number];

/**
 * The address of Create with an image to begin with: its settings, another like it, a variant, the image to start from,
 * an area of it to redraw, or its program.
 * @param image - `img_…`
 */
export function createWithImage(image: string, as: Arrival): string {
  return `/?${new URLSearchParams({ image, as })}`;
}

/** A file that was dropped on another view; Create takes it when it is shown. */
export const fileForCreate = signal<File | null>(null);

/** The address of Create with a prompt, and with settings that belong to it. */
export function createWithPrompt(
  prompt: string,
  settings: { readonly size?: string | undefined; readonly steps?: number | undefined } = {},
): string {
  const { size, steps } = settings;
  return `/?${new URLSearchParams({ prompt, ...(size && { size }), ...(steps && { steps: String(steps) }) })}`;
}
