import { Brush, X } from "lucide";
import { lazy } from "preact-iso";
import type { Model } from "../../../../../sdk/src/index.ts";
import { Button } from "../../../parts/controls/button.tsx";
import { Field } from "../../../parts/controls/field.tsx";
import { Range } from "../../../parts/controls/range.tsx";
import { Tag } from "../../../parts/notes/tag.tsx";
import { loadPart } from "../../../shell/load-part.ts";
import { formatNumber } from "../../../text/texts.ts";
import { changeDraft, draft } from "../draft.ts";
import { maskOpen } from "../mask/mask-state.ts";
import { createText } from "../messages.ts";
import { useInputPreview } from "./input-preview.ts";
import styles from "./input-row.module.css";
import { inputNote } from "./input-state.ts";

const MaskDialog = lazy(loadPart(async () => (await import("../mask/mask-dialog.tsx")).MaskDialog));

/** The image to start from: how far to depart from it, and which part to redraw. */
export function InputRow({ model, onDraw }: { readonly model: Model | undefined; readonly onDraw: () => void }) {
  const { input, mask, strength } = draft.value;
  if (input === null) return null;
  const remove = () => {
    changeDraft({ input: null, mask: null, strength: null });
    inputNote.value = null;
  };
  // With a mask the marked part is drawn anew, unless the reader says otherwise.
  const shownStrength = strength ?? (mask === null ? 0.6 : 1);
  return (
    <div class={styles.row}>
      <InputThumb id={input.id} name={input.name} />
      <div class={styles.main}>
        <div class={styles.head}>
          <strong>{createText("inputTitle")}</strong>
          {mask !== null && <Tag kind="info">{createText("maskSet")}</Tag>}
        </div>
        <Field
          label={createText("strength")}
          hint={createText("strengthHint")}
          aside={<span>{formatNumber(shownStrength, 2)}</span>}
        >
          {(control) => (
            <Range
              {...control}
              min={0.05}
              max={1}
              step={0.05}
              value={shownStrength}
              onInput={(value) => changeDraft({ strength: value })}
            />
          )}
        </Field>
        {model?.accepts.mask && (
          <div>
            <Button icon={Brush} onClick={() => (maskOpen.value = true)}>
              {createText("edit")}
            </Button>
          </div>
        )}
      </div>
      <Button kind="quiet" icon={X} label={createText("removeIt")} onClick={remove} />
      {maskOpen.value && model && <MaskDialog model={model} onDraw={onDraw} />}
    </div>
  );
}

function InputThumb({ id, name }: { readonly id: string; readonly name: string }) {
  const url = useInputPreview(id);
  return url === undefined ? <div class={styles.thumb} /> : <img class={styles.thumb} src={url} alt={name} />;
}
