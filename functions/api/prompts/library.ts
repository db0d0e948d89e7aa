import type { CatalogModel } from "../../../shared/model-catalog/model-catalog.ts";

interface Bilingual {
  readonly en: string;
  readonly zh: string;
}

/** A prompt that comes with the program, as `prompt-library.json` has it. */
export interface LibraryPrompt {
  readonly id: string;
  /** The model that it was written for: `z-image-turbo` for all released ones, or `zimage-tiny`. */
  readonly model: string;
  readonly series: Bilingual;
  readonly name: Bilingual;
  /** With `{{variables}}`, the same in both languages. */
  readonly text: Bilingual;
  readonly variables: readonly { readonly name: string; readonly label: Bilingual; readonly default: Bilingual }[];
  readonly settings: { readonly size: string; readonly steps?: number; readonly guidance?: number };
  readonly tags: readonly string[];
}

export interface PromptLibrary {
  /** Day of its last change. */
  readonly version: string;
  readonly tips: readonly {
    readonly id: string;
    readonly model: string;
    /** Of the prompts that it is about; null: of all. */
    readonly tag: string | null;
    readonly text: Bilingual;
  }[];
  readonly prompts: readonly LibraryPrompt[];
}

/** Read when somebody asks for it: no start of a function needs it. */
export async function readLibrary(): Promise<PromptLibrary> {
  return (await import("./prompt-library.json", { with: { type: "json" } })).default;
}

/** WebP of the example of a prompt; `undefined` where none was drawn. */
export async function readExample(id: string): Promise<Uint8Array | undefined> {
  const { default: examples } = await import("./library-examples.json", { with: { type: "json" } });
  const base64 = Object.entries(examples).find(([name]) => name === id)?.[1];
  return base64 === undefined ? undefined : new Uint8Array(Buffer.from(base64, "base64"));
}

/** Ids of the prompts that have an example. */
export async function exampleIds(): Promise<ReadonlySet<string>> {
  return new Set(Object.keys((await import("./library-examples.json", { with: { type: "json" } })).default));
}

/**
 * Whether a model draws what is written for another: one with a vocabulary draws the prompts for its own, and every
 * trained model without one draws those for the released models.
 */
export function suits({ model }: Pick<LibraryPrompt, "model">, served: CatalogModel): boolean {
  if (served.vocabulary !== undefined) return served.id === model;
  return model !== "zimage-tiny" && !served.random;
}
