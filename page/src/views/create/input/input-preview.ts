import { useEffect, useState } from "preact/hooks";
import { changeDraft } from "../draft.ts";
import { createText } from "../messages.ts";
import { inputNote } from "./input-state.ts";
import { inputPreview } from "./take-image.ts";

/** `undefined` until it has come, and where the image is gone, which is said instead. */
export function useInputPreview(id: string | undefined): string | undefined {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    let current = true;
    setUrl(undefined);
    if (id !== undefined) {
      inputPreview(id).then(
        (made) => current && setUrl(made),
        () => {
          if (!current) return;
          changeDraft({ input: null, mask: null });
          inputNote.value = { kind: "error", text: createText("imageGone") };
        },
      );
    }
    return () => {
      current = false;
    };
  }, [id]);
  return url;
}
