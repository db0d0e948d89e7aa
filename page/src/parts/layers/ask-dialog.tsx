import { useState } from "preact/hooks";
import { FormDialog } from "./form-dialog.tsx";

/** Asks once before something is done. An error of it stays in the dialog. */
export function AskDialog({
  text,
  run,
  ...rest
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
    <FormDialog {...rest} {...state} onSend={() => void go()}>
      <p>{text}</p>
    </FormDialog>
  );
}
