import { useState } from "preact/hooks";
import type { Prompt } from "../../../../sdk/src/index.ts";
import { Field, TextArea, TextInput } from "../../parts/controls/field.tsx";
import { FormDialog } from "../../parts/layers/form-dialog.tsx";
import { client } from "../../server/client.ts";
import { useAction } from "../../server/queries.ts";
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
    <FormDialog
      title={promptsText(prompt === undefined ? "newPrompt" : "edit")}
      action={promptsText("save")}
      busy={result.value.isPending}
      error={result.value.error}
      onClose={onClose}
      onSend={go}
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
    </FormDialog>
  );
}
