import type { ComponentChildren } from "preact";
import { describeError } from "../../server/describe-error.ts";
import { commonText } from "../../text/common.ts";
import { Button } from "../controls/button.tsx";
import { Note } from "../notes/note.tsx";
import { Dialog } from "./dialog.tsx";

/** A dialog that sends something: fields, Cancel and one action. An error of it stays under the fields. */
export function FormDialog({
  title,
  action,
  danger = false,
  busy,
  error,
  onClose,
  onSend,
  children,
}: {
  readonly title: string;
  /** What the button says. */
  readonly action: string;
  readonly danger?: boolean;
  readonly busy: boolean;
  /** Why it could not be sent; `null` and `undefined` are none. */
  readonly error?: unknown;
  readonly onClose: () => void;
  readonly onSend: () => void;
  readonly children: ComponentChildren;
}) {
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{commonText("cancel")}</Button>
          <Button kind={danger ? "danger" : "ink"} busy={busy} onClick={onSend}>
            {action}
          </Button>
        </>
      }
    >
      {children}
      {error != null && <Note kind="danger">{describeError(error)}</Note>}
    </Dialog>
  );
}
