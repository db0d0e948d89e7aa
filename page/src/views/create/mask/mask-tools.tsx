import { Brush, Contrast, Eraser, FileImage, PaintBucket, Redo2, Trash2, Undo2 } from "lucide";
import { useRef } from "preact/hooks";
import { Button } from "../../../parts/controls/button.tsx";
import { Range } from "../../../parts/controls/range.tsx";
import { createText } from "../messages.ts";
import styles from "./mask-dialog.module.css";
import { type MaskAction, type MaskHistory, redo, undo } from "./strokes.ts";

export interface MaskTool {
  readonly erase: boolean;
  /** Diameter in pixels of the image. */
  readonly size: number;
}

export function MaskTools({
  tool,
  onTool,
  history,
  onHistory,
  onAction,
  longest,
}: {
  readonly tool: MaskTool;
  readonly onTool: (tool: MaskTool) => void;
  readonly history: MaskHistory;
  readonly onHistory: (history: MaskHistory) => void;
  readonly onAction: (action: MaskAction) => void;
  /** Side of the image in pixels. */
  readonly longest: number;
}) {
  const file = useRef<HTMLInputElement>(null);
  return (
    <div class={styles.tools} role="toolbar" aria-label={createText("maskTitle")}>
      <Button
        kind="quiet"
        icon={Brush}
        label={createText("maskBrush")}
        pressed={!tool.erase}
        onClick={() => onTool({ ...tool, erase: false })}
      />
      <Button
        kind="quiet"
        icon={Eraser}
        label={createText("maskEraser")}
        pressed={tool.erase}
        onClick={() => onTool({ ...tool, erase: true })}
      />
      <Button kind="quiet" icon={Undo2} label={createText("maskUndo")} onClick={() => onHistory(undo(history))} />
      <Button kind="quiet" icon={Redo2} label={createText("maskRedo")} onClick={() => onHistory(redo(history))} />
      <Button
        kind="quiet"
        icon={Contrast}
        label={createText("maskInvert")}
        onClick={() => onAction({ kind: "invert" })}
      />
      <Button
        kind="quiet"
        icon={PaintBucket}
        label={createText("maskFill")}
        onClick={() => onAction({ kind: "fill" })}
      />
      <Button kind="quiet" icon={Trash2} label={createText("maskClear")} onClick={() => onAction({ kind: "clear" })} />
      <Button kind="quiet" icon={FileImage} label={createText("maskFile")} onClick={() => file.current?.click()} />
      <input
        ref={file}
        type="file"
        accept="image/png"
        hidden
        aria-label={createText("maskFile")}
        onChange={(event) => {
          const [chosen] = event.currentTarget.files ?? [];
          event.currentTarget.value = "";
          if (chosen) void readMask(chosen).then(onAction, () => {});
        }}
      />
      <div class={styles.size}>
        <Range
          aria-label={createText("maskSize")}
          min={1}
          max={Math.ceil(longest / 2)}
          value={tool.size}
          onInput={(size) => onTool({ ...tool, size })}
        />
      </div>
    </div>
  );
}

/** White, or opaque where the file has transparency, is marked: as brightness times opacity. */
async function readMask(file: File): Promise<MaskAction> {
  const bitmap = await createImageBitmap(file);
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
  const context = canvas.getContext("2d")!;
  context.drawImage(bitmap, 0, 0);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
  for (let at = 0; at < pixels.data.length; at += 4) {
    pixels.data[at + 3] = (pixels.data[at]! * pixels.data[at + 3]!) / 255;
    pixels.data.fill(255, at, at + 3);
  }
  context.putImageData(pixels, 0, 0);
  return { kind: "image", image: await createImageBitmap(canvas) };
}
