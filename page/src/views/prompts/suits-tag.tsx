import type { LibraryPrompt } from "../../../../sdk/src/index.ts";
import { Tag } from "../../parts/notes/tag.tsx";
import { promptsText } from "./messages.ts";

/** Which served model a prompt suits, or which one it needs. */
export function SuitsTag({ of: { served_by: models, model } }: { readonly of: LibraryPrompt }) {
  const [served] = models;
  return served === undefined ? (
    <Tag kind="warn">{promptsText("needs", { model })}</Tag>
  ) : (
    <Tag kind="ok">{promptsText("suits", { model: served })}</Tag>
  );
}
