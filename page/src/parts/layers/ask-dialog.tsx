import { useState } from "preact/hooks";
import { describeError } from "../../server/describe-error.ts";
import { commonText } from "../../text/common.ts";
import { Button } from "../controls/button.tsx";
import { Note } from "../notes/note.tsx";
import { Dialog } from "./dialog.tsx";

/** Asks once before something is done. An error of it stays in the dialog. */
export function AskDialog({
  title,
  text,
  action,
  danger = false,
  onClose,
  run,
}: {
  readonly title: string;
  readonly text: string;
  readonly action: string;
  readonly danger?: boolean;
  readonly onClose: () => void;
  readonly run: () => Promise<void>;
}) {
  const [state, setState] = useState<{ busy: boolean; error?: unknown }>({ busy: false });
  const go = async () => {
    setState({ busy: true });
    try {
      await run();
    } catch (error) {
      setState({ busy: false, error });
    }
  };
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{commonText("cancel")}</Button>
          <Button kind={danger ? "danger" : "ink"} busy={state.busy} onClick={() => void go()}>
            {action}
          </Button>
        </>
      }
    >
      <p>{text}</p>
      {state.error !== undefined && <Note kind="danger">{describeError(state.error)}</Note>}
    </Dialog>
  );
}
