import { useState } from "preact/hooks";
import type { Prompt } from "../../../../sdk/src/index.ts";
import { Button } from "../../parts/controls/button.tsx";
import { Field, TextArea, TextInput } from "../../parts/controls/field.tsx";
import { Dialog } from "../../parts/layers/dialog.tsx";
import { Note } from "../../parts/notes/note.tsx";
import { client } from "../../server/client.ts";
import { describeError } from "../../server/describe-error.ts";
import { useAction } from "../../server/queries.ts";
import { commonText } from "../../text/common.ts";
import { promptsText } from "./messages.ts";

/** Writes a new prompt, or changes one. @param of - the one to change */
export function PromptDialog({
  of: prompt,
  onClose,
  onDone,
}: {
  readonly of?: Prompt;
  readonly onClose: () => void;
  readonly onDone: () => void;
}) {
  const [name, setName] = useState(prompt?.name ?? "");
  const [text, setText] = useState(prompt?.text ?? "");
  const [tried, setTried] = useState(false);
  const { result, run } = useAction({
    mutationFn: () => {
      const request = { name: name.trim(), text };
      return prompt === undefined
        ? client.value.prompts.create(request)
        : client.value.prompts.update(prompt.id, request);
    },
    onSuccess: onDone,
  });
  const go = () => {
    setTried(true);
    if (name.trim() !== "" && text.trim() !== "") void run(undefined).catch(() => undefined);
  };
  return (
    <Dialog
      title={promptsText(prompt === undefined ? "newPrompt" : "edit")}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{commonText("cancel")}</Button>
          <Button kind="ink" busy={result.value.isPending} onClick={go}>
            {promptsText("save")}
          </Button>
        </>
      }
    >
      <Field label={promptsText("name")} error={tried && name.trim() === "" ? promptsText("emptyName") : undefined}>
        {(control) => <TextInput {...control} value={name} maxLength={100} onInput={setName} />}
      </Field>
      <Field
        label={promptsText("text")}
        hint={promptsText("textHint")}
        error={tried && text.trim() === "" ? promptsText("emptyText") : undefined}
      >
        {(control) => <TextArea {...control} value={text} rows={5} maxLength={10_000} onInput={setText} />}
      </Field>
      {result.value.error && <Note kind="danger">{describeError(result.value.error)}</Note>}
    </Dialog>
  );
}
