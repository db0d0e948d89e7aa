import { FileSpreadsheet, X } from "lucide";
import { useEffect, useRef, useState } from "preact/hooks";
import { Button } from "../../../../parts/controls/button.tsx";
import { Bar } from "../../../../parts/data/bar.tsx";
import { Icon } from "../../../../parts/icon.tsx";
import { Note } from "../../../../parts/notes/note.tsx";
import { describeError } from "../../../../server/describe-error.ts";
import { formatBytes } from "../../../../text/format.ts";
import { runsText } from "../../messages.ts";
import { uploadKept } from "./kept-upload.ts";
import styles from "./upload-row.module.css";

interface UploadState {
  /** "" where nothing was chosen. */
  readonly name: string;
  readonly busy: boolean;
  readonly sent: number;
  readonly total: number;
  readonly fileId?: string;
  readonly error?: unknown;
}

const nothing: UploadState = { name: "", busy: false, sent: 0, total: 0 };

export interface Upload {
  readonly value: UploadState;
  readonly start: (file: File) => void;
  readonly clear: () => void;
}

/** An upload of one file at a time; another file takes the place of the one before. */
export function useUpload(): Upload {
  const [value, setValue] = useState(nothing);
  const under = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => under.current?.abort(), []);
  const start = (file: File) => {
    under.current?.abort();
    const control = new AbortController();
    under.current = control;
    const frame = { name: file.name, total: file.size };
    setValue({ ...frame, busy: true, sent: 0 });
    uploadKept(file, (sent) => setValue({ ...frame, busy: true, sent }), control.signal).then(
      ({ id }) => {
        if (!control.signal.aborted) setValue({ ...frame, busy: false, sent: file.size, fileId: id });
      },
      (error: unknown) => {
        if (!control.signal.aborted) setValue({ ...frame, busy: false, sent: 0, error });
      },
    );
  };
  const clear = () => {
    under.current?.abort();
    setValue(nothing);
  };
  return { value, start, clear };
}

/** A file that was chosen, and how far it has come. */
export function UploadRow({ upload: { value, clear } }: { readonly upload: Upload }) {
  const { name, busy, sent, total, error } = value;
  const share = total === 0 ? 0 : sent / total;
  return (
    <div class={styles.row}>
      <div class={styles.head}>
        <Icon of={FileSpreadsheet} />
        <span class={styles.name}>{name}</span>
        <Button kind="quiet" icon={X} label={runsText("remove")} onClick={clear} />
      </div>
      {busy && <Bar share={share} label={name} />}
      {error === undefined ? (
        <p class={styles.text} role="status">
          {busy
            ? runsText("uploading", {
                percent: Math.round(share * 100),
                sent: formatBytes(sent),
                total: formatBytes(total),
              })
            : runsText("uploaded", { total: formatBytes(total) })}
          {busy && total > 5_000_000 && ` · ${runsText("resumeUp")}`}
        </p>
      ) : (
        <Note kind="danger">{describeError(error)}</Note>
      )}
    </div>
  );
}
