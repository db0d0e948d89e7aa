import { useMemo, useState } from "preact/hooks";
import type { Model } from "../../../../../sdk/src/index.ts";
import { useKeys } from "../../../keys/use-keys.ts";
import { Button } from "../../../parts/controls/button.tsx";
import { TextInput } from "../../../parts/controls/field.tsx";
import { Dialog } from "../../../parts/layers/dialog.tsx";
import { Note } from "../../../parts/notes/note.tsx";
import { client } from "../../../server/client.ts";
import { describeError } from "../../../server/describe-error.ts";
import { Price } from "../composer/price.tsx";
import { changeDraft, draft } from "../draft.ts";
import { useInputPreview } from "../input/input-preview.ts";
import { createText } from "../messages.ts";
import { MaskCanvas } from "./mask-canvas.ts";
import styles from "./mask-dialog.module.css";
import { MaskStage } from "./mask-stage.tsx";
import { historyOf, keepHistory, maskOpen } from "./mask-state.ts";
import { type MaskTool, MaskTools } from "./mask-tools.tsx";
import { act, type MaskAction, type MaskHistory, redo, undo } from "./strokes.ts";

/** Painting over the part of the image that is to be drawn anew. */
export function MaskDialog({ model, onDraw }: { readonly model: Model; readonly onDraw: () => void }) {
  const input = draft.value.input!;
  const image = useInputPreview(input.id);
  const canvas = useMemo(() => new MaskCanvas(input.width, input.height), [input.id]);
  const [history, setHistory] = useState<MaskHistory>(historyOf(input.id));
  const [tool, setTool] = useState<MaskTool>({
    erase: false,
    size: Math.round(Math.max(input.width, input.height) / 8),
  });
  const [note, setNote] = useState<string>();
  const [busy, setBusy] = useState(false);
  const change = (next: MaskHistory) => {
    keepHistory(input.id, next);
    setNote(undefined);
    setHistory(next);
  };
  canvas.show(history);
  const perform = (action: MaskAction) => change(act(history, action));
  const close = () => (maskOpen.value = false);

  const use = async (draws: boolean) => {
    if (canvas.markedShare() === 0) return setNote(createText("maskNone"));
    setBusy(true);
    try {
      const file = await client.value.files.upload(await canvas.toFile(), { filename: "mask.png" });
      changeDraft({ mask: file.id, strength: null });
      close();
      if (draws) onDraw();
    } catch (error) {
      setNote(describeError(error));
    } finally {
      setBusy(false);
    }
  };
  useMaskKeys({ tool, setTool, history, change });
  return (
    <Dialog
      title={createText("maskTitle")}
      look="full"
      onClose={close}
      actions={
        <div class={styles.foot}>
          <TextInput
            aria-label={createText("maskWhat")}
            placeholder={createText("maskExample")}
            value={draft.value.prompt}
            onInput={(prompt) => changeDraft({ prompt })}
          />
          <span class={styles.price}>
            <Price model={model} />
          </span>
          <Button busy={busy} onClick={() => void use(false)}>
            {createText("maskUse")}
          </Button>
          <Button kind="ink" busy={busy} onClick={() => void use(true)}>
            {createText("maskDraw")}
          </Button>
        </div>
      }
    >
      <div class={styles.room}>
        <MaskTools
          tool={tool}
          onTool={setTool}
          history={history}
          onHistory={change}
          onAction={perform}
          longest={Math.max(input.width, input.height)}
        />
        <div class={styles.stage}>
          {note !== undefined && <Note kind="warn">{note}</Note>}
          {image !== undefined && (
            <MaskStage image={image} mask={canvas} history={history} tool={tool} onStroke={perform} />
          )}
          <p class={styles.keep}>{createText("maskKeep")}</p>
        </div>
      </div>
    </Dialog>
  );
}

function useMaskKeys({
  tool,
  setTool,
  history,
  change,
}: {
  readonly tool: MaskTool;
  readonly setTool: (tool: MaskTool) => void;
  readonly history: MaskHistory;
  readonly change: (history: MaskHistory) => void;
}): void {
  const resize = (factor: number) => setTool({ ...tool, size: Math.max(1, Math.round(tool.size * factor)) });
  useKeys(
    () => createText("maskTitle"),
    [
      { keys: "b", label: () => createText("maskBrush"), run: () => setTool({ ...tool, erase: false }) },
      { keys: "e", label: () => createText("maskEraser"), run: () => setTool({ ...tool, erase: true }) },
      { keys: "[", label: () => createText("maskSmaller"), run: () => resize(1 / 1.25) },
      { keys: "]", label: () => createText("maskLarger"), run: () => resize(1.25) },
      { keys: "ctrl+z", label: () => createText("maskUndo"), run: () => change(undo(history)) },
      { keys: "ctrl+shift+z", label: () => createText("maskRedo"), run: () => change(redo(history)) },
    ],
  );
}
