import { signal } from "@preact/signals";
import { describeError } from "../../../server/describe-error.ts";
import { changeDraft, type Draft, draft, emptyDraft, replaceDraft } from "../draft.ts";
import { createText } from "../messages.ts";
import { takeImage, UnusableImage } from "./take-image.ts";

/** What is said of the last image that was given. */
export const inputNote = signal<
  | { readonly kind: "busy" | "error" | "shrunk"; readonly text: string }
  | { readonly kind: "restored"; readonly text: string; readonly before: Draft; readonly file: File }
  | null
>(null);

const errorTexts = { unreadable: "imageUnreadable", heic: "imageHeic", large: "imageLarge" } as const;

/** Takes a file as the image to start from. */
export async function takeInput(file: File): Promise<void> {
  inputNote.value = { kind: "busy", text: createText("imageSending", { name: file.name }) };
  try {
    const { wasShrunk, ...input } = await takeImage(file);
    changeDraft({ input, mask: null, strength: draft.peek().strength });
    inputNote.value = wasShrunk
      ? {
          kind: "shrunk",
          text: createText("imageShrunk", { width: String(input.width), height: String(input.height) }),
        }
      : null;
  } catch (error) {
    const text = error instanceof UnusableImage ? createText(errorTexts[error.code]) : describeError(error);
    inputNote.value = { kind: "error", text };
  }
}

/**
 * A dropped or pasted file: settings inside it are restored, with a way back; any other image is the one to start from.
 */
export async function takeFile(file: File): Promise<void> {
  if (!file.type.startsWith("image/") && !/\.(?:heic|heif|avif)$/i.test(file.name)) {
    inputNote.value = { kind: "error", text: createText("notAnImage", { name: file.name }) };
    return;
  }
  const { readSettings, describeSettings } = await import("./restore-settings.ts");
  const settings = await readSettings(file);
  if (settings === null) return takeInput(file);
  const before = draft.peek();
  replaceDraft({ ...emptyDraft, model: before.model, ...settings });
  const text = createText("restored", { name: file.name, settings: describeSettings(settings) });
  inputNote.value = { kind: "restored", text, before, file };
}

export function undoRestore(): void {
  const note = inputNote.peek();
  if (note?.kind === "restored") replaceDraft(note.before);
  inputNote.value = null;
}
