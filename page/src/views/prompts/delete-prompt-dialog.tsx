import type { Prompt } from "../../../../sdk/src/index.ts";
import { Button } from "../../parts/controls/button.tsx";
import { Dialog } from "../../parts/layers/dialog.tsx";
import { Note } from "../../parts/notes/note.tsx";
import { client } from "../../server/client.ts";
import { describeError } from "../../server/describe-error.ts";
import { useAction } from "../../server/queries.ts";
import { commonText } from "../../text/common.ts";
import { promptsText } from "./messages.ts";

export function DeletePromptDialog({
  of: prompt,
  onClose,
  onDone,
}: {
  readonly of: Prompt;
  readonly onClose: () => void;
  readonly onDone: () => void;
}) {
  const { result, run } = useAction({ mutationFn: () => client.value.prompts.delete(prompt.id), onSuccess: onDone });
  return (
    <Dialog
      title={promptsText("deleteTitle", { name: prompt.name })}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{commonText("cancel")}</Button>
          <Button
            kind="danger"
            busy={result.value.isPending}
            onClick={() => void run(undefined).catch(() => undefined)}
          >
            {promptsText("delete")}
          </Button>
        </>
      }
    >
      <p>{promptsText("deleteText")}</p>
      {result.value.error && <Note kind="danger">{describeError(result.value.error)}</Note>}
    </Dialog>
  );
}
