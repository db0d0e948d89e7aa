import { useState } from "preact/hooks";
import type { Run, RunReport } from "../../../../../../sdk/src/index.ts";
import { Button } from "../../../../parts/controls/button.tsx";
import { Seg } from "../../../../parts/controls/seg.tsx";
import { Note } from "../../../../parts/notes/note.tsx";
import { language } from "../../../../text/language.ts";
import { runsText } from "../../messages.ts";
import { RowsDialog } from "../../run/rows-dialog.tsx";
import type { Changes } from "../use-saving.ts";
import styles from "./file-notes.module.css";

/** What is worth knowing about the file: SKUs that occur twice, rows that are no products, warnings of the reader. */
export function FileNotes({
  report: { refused, skipped, warnings },
  run,
  duplicates = "refuse",
  onSave,
}: {
  readonly report: RunReport;
  readonly run: Run;
  readonly duplicates: "refuse" | "suffix" | undefined;
  readonly onSave: (changes: Changes) => unknown;
}) {
  const [shown, setShown] = useState(false);
  const twice = refused.duplicate_sku ?? 0;
  const kinds = Object.entries(skipped).filter(([, count]) => count > 0);
  const skippedRows = kinds.reduce((sum, [, count]) => sum + count, 0);
  return (
    <>
      {(twice > 0 || duplicates === "suffix") && (
        <Note kind="warn">
          {duplicates === "suffix" ? runsText("dupDone") : runsText("dup", { n: twice })}
          <div class={styles.choice}>
            <Seg
              label={runsText("dup", { n: twice })}
              value={duplicates}
              onChange={(chosen) => onSave({ duplicates: chosen })}
              options={[
                { value: "refuse", label: runsText("dupFail") },
                { value: "suffix", label: runsText("dupSuffix") },
              ]}
            />
            {twice > 0 && <Button onClick={() => setShown(true)}>{runsText("showRows")}</Button>}
          </div>
        </Note>
      )}
      {skippedRows > 0 && (
        <Note kind="info">
          {runsText("skippedN", { n: skippedRows, kinds: kinds.map(([kind]) => kind.replaceAll("_", " ")).join(", ") })}
        </Note>
      )}
      {warnings.map(({ code, message, message_zh, lines }) => (
        <Note key={code} kind="info">
          {language.value === "zh" ? message_zh : message}
          {lines.length > 0 && (
            <span class={styles.lines}> {runsText("linesN", { n: lines.length, list: lines.join(", ") })}</span>
          )}
        </Note>
      ))}
      {shown && <RowsDialog id={run.id} reason="duplicate_sku" onClose={() => setShown(false)} />}
    </>
  );
}
