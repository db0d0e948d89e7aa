import { useEffect, useState } from "preact/hooks";
import type { Run, RunReport } from "../../../../../../sdk/src/index.ts";
import { Select, TextInput } from "../../../../parts/controls/field.tsx";
import { Tag } from "../../../../parts/notes/tag.tsx";
import { refusedImages } from "../../amounts.ts";
import { runsText } from "../../messages.ts";
import type { Changes } from "../use-saving.ts";
import styles from "./file-facts.module.css";

const encodings = ["utf-8", "gb18030", "big5", "shift_jis", "euc-kr", "windows-1252", "utf-16le"];

/** What the file was taken for, and how it is read: characters, header row, sheet. */
export function FileFacts({
  report: { file, profile, products },
  run,
  busy,
  onSave,
}: {
  readonly report: RunReport;
  readonly run: Run;
  readonly busy: boolean;
  readonly onSave: (changes: Changes) => unknown;
}) {
  const refused = refusedImages(run);
  const facts = [runsText("rowsN", { n: file.records }), runsText("products", { n: products })];
  if (refused > 0) facts.push(runsText("refusedN", { n: refused }));
  const isKnown = profile.id !== "generic";
  const encoding = file.encoding?.toLowerCase();
  const known = encoding === undefined || encodings.includes(encoding) ? encodings : [encoding, ...encodings];
  return (
    <div class={styles.facts}>
      <div class={styles.found}>
        <Tag kind={isKnown ? "ok" : "plain"}>
          {isKnown ? runsText("exportOf", { name: profile.name }) : runsText("generic")}
        </Tag>
        <strong>{facts.join(" · ")}</strong>
      </div>
      <div class={styles.reading} aria-busy={busy}>
        {file.sheets.length > 1 && (
          <div class={styles.choice}>
            <span aria-hidden="true">{runsText("sheet")}</span>
            <Select
              aria-label={runsText("sheet")}
              value={file.sheet ?? ""}
              onChange={(sheet) => onSave({ sheet })}
              options={file.sheets.map((name) => ({ value: name, label: name }))}
            />
          </div>
        )}
        {encoding !== undefined && (
          <div class={styles.choice}>
            <span aria-hidden="true">{runsText("encoding")}</span>
            <Select
              aria-label={runsText("encoding")}
              value={encoding}
              onChange={(chosen) => onSave({ encoding: chosen })}
              options={known.map((name) => ({ value: name, label: name.toUpperCase() }))}
            />
          </div>
        )}
        {file.header_rows.length > 0 && (
          <HeaderRow row={file.header_rows.at(-1)!} onChoose={(header_row) => onSave({ header_row })} />
        )}
      </div>
    </div>
  );
}

function HeaderRow({ row, onChoose }: { readonly row: number; readonly onChoose: (row: number) => void }) {
  const [text, setText] = useState(String(row));
  useEffect(() => setText(String(row)), [row]);
  const commit = () => {
    const chosen = Number(text);
    if (Number.isInteger(chosen) && chosen >= 1 && chosen <= 1_000 && chosen !== row) onChoose(chosen);
    else setText(String(row));
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Enter and leaving of the field inside take its value
    <div
      class={styles.choice}
      onFocusOut={commit}
      onKeyDown={(event) => {
        if (event.key === "Enter") commit();
      }}
    >
      <span aria-hidden="true">{runsText("headerRow")}</span>
      <div class={styles.number}>
        <TextInput
          aria-label={runsText("headerRow")}
          type="number"
          min={1}
          max={1_000}
          value={text}
          onInput={setText}
        />
      </div>
    </div>
  );
}
