import { FileSpreadsheet, Upload } from "lucide";
import { useRef, useState } from "preact/hooks";
import { Button } from "../../../../parts/controls/button.tsx";
import { Icon } from "../../../../parts/icon.tsx";
import { runsText } from "../../messages.ts";
import styles from "./drop-file.module.css";

const accepted = ".csv,.tsv,.txt,.xlsx,.json,.jsonl,.ndjson,.xml,.gz";

/** Where the table is dropped, or chosen. */
export function DropFile({ onFile }: { readonly onFile: (file: File) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is for pointers; the button inside does the same
    <div
      class={`${styles.box} ${isOver ? styles.over : ""}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const file = event.dataTransfer?.files[0];
        if (file) onFile(file);
      }}
    >
      <span class={styles.icon}>
        <Icon of={FileSpreadsheet} size={24} />
      </span>
      <h2>{runsText("dropT")}</h2>
      <p>{runsText("dropP")}</p>
      <input
        ref={input}
        class="unseen"
        type="file"
        accept={accepted}
        tabIndex={-1}
        aria-label={runsText("dropT")}
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          if (file) onFile(file);
          // The same file may be chosen once more.
          event.currentTarget.value = "";
        }}
      />
      <Button kind="plain" icon={Upload} onClick={() => input.current?.click()}>
        {runsText("choose")}
      </Button>
    </div>
  );
}
