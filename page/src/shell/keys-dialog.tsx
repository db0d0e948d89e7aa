import { keySections } from "../keys/use-keys.ts";
import { Dialog } from "../parts/layers/dialog.tsx";
import { commonText } from "../text/common.ts";
import styles from "./keys-dialog.module.css";

/** Lists the keys that work where the reader is. */
export function KeysDialog({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title={commonText("keysTitle")} onClose={onClose}>
      <p>{commonText("keysHint")}</p>
      {keySections.value.map(({ title, bindings }) => (
        <section key={title()} class={styles.section}>
          <h3>{title()}</h3>
          <dl class={styles.list}>
            {bindings().map(({ keys, label }) => (
              <div key={keys} class={styles.row}>
                <dt>{label()}</dt>
                <dd>
                  {keys.split(" ").map((key, index) => (
                    <span key={key}>
                      {index > 0 && ` ${commonText("keysThen")} `}
                      <kbd class={styles.key}>{shown(key)}</kbd>
                    </span>
                  ))}
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Dialog>
  );
}

const names: { readonly [key: string]: string } = {
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Escape: "Esc",
  Delete: "Del",
};

function shown(key: string): string {
  const control = /mac/i.test(navigator.platform) ? "⌘" : "Ctrl";
  const parts = key === "+" ? ["+"] : key.split("+");
  return parts
    .map((part) =>
      part === "ctrl"
        ? control
        : part === "shift"
          ? "Shift"
          : (names[part] ?? (part.length === 1 ? part.toUpperCase() : part)),
    )
    .join(" ");
}
