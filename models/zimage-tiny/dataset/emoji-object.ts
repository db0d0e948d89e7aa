export type Language = "en" | "zh";
export const languages: readonly Language[] = ["en", "zh"];

/** One thing that the model learns to draw. */
export interface EmojiObject {
  /** Code points in upper-case hexadecimal joined by `-`, without the variation selector FE0F. */
  readonly hexcode: string;
  readonly en: string;
  readonly zh: string;
  /** Words that mean this object and no other one of the set. */
  readonly tags: { readonly en: readonly string[]; readonly zh: readonly string[] };
}
