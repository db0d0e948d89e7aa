import { Copy } from "lucide";
import { useEffect, useRef } from "preact/hooks";
import { Button } from "../../parts/controls/button.tsx";
import { copyText } from "../../parts/data/copy-text.ts";
import { Dialog } from "../../parts/layers/dialog.tsx";
import { commonText } from "../../text/common.ts";
import styles from "./account.module.css";
import { accountText } from "./messages.ts";

/** A value that is shown once. Only "I have saved it" closes it: not Escape, nor a press beside it. */
export function SecretDialog({
  name,
  value,
  onClose,
}: {
  readonly name: string;
  readonly value: string;
  readonly onClose: () => void;
}) {
  const copy = useRef<HTMLButtonElement>(null);
  useEffect(() => copy.current?.focus(), []);
  return (
    <Dialog
      title={accountText("shown")}
      onClose={onClose}
      mustDecide
      actions={
        <>
          <Button icon={Copy} buttonRef={copy} onClick={() => void copyText(value)}>
            {commonText("copy")}
          </Button>
          <Button kind="ink" onClick={onClose}>
            {accountText("saved")}
          </Button>
        </>
      }
    >
      <p>{accountText("shownText")}</p>
      <p class={styles.named}>{name}</p>
      <code class={styles.secret}>{value}</code>
    </Dialog>
  );
}
