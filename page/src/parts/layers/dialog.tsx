import { X } from "lucide";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { commonText } from "../../text/common.ts";
import { Button } from "../controls/button.tsx";
import styles from "./dialog.module.css";

export interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
  /** Buttons, the main one last. */
  readonly actions?: ComponentChildren;
  /** Closes by its buttons alone: not by Escape, nor by a press beside it. @default false */
  readonly mustDecide?: boolean;
  /** @default "dialog" */
  readonly look?: "dialog" | "sheet" | "full";
}

/**
 * A modal dialog, on show as long as it is rendered. A `sheet` comes from the side, from below on a phone; `full`
 * covers the page. Focus goes back to where it was.
 */
export function Dialog({ title, onClose, children, actions, mustDecide = false, look = "dialog" }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    const element = dialog.current;
    element?.showModal();
    return () => {
      element?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog, which `cancel` tells
    <dialog
      ref={dialog}
      class={`${styles.dialog} ${styles[look]}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        if (!mustDecide) onClose();
      }}
      onClick={(event) => {
        if (!mustDecide && event.target === dialog.current) onClose();
      }}
    >
      <div class={styles.inside}>
        <header class={styles.head}>
          <h2 id={id}>{title}</h2>
          {!mustDecide && <Button kind="quiet" icon={X} label={commonText("close")} onClick={onClose} />}
        </header>
        <div class={styles.body}>{children}</div>
        {actions !== undefined && <footer class={styles.actions}>{actions}</footer>}
      </div>
    </dialog>
  );
}
