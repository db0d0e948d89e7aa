import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { fillPrompt, type LibraryPrompt, type PromptRequest } from "../../../../sdk/src/index.ts";
import { Button } from "../../parts/controls/button.tsx";
import { Dialog } from "../../parts/layers/dialog.tsx";
import { toast } from "../../parts/layers/toasts.ts";
import { Note } from "../../parts/notes/note.tsx";
import { client } from "../../server/client.ts";
import { describeError } from "../../server/describe-error.ts";
import { queries, useAction } from "../../server/queries.ts";
import { createWithPrompt } from "../../shell/create-address.ts";
import { language } from "../../text/language.ts";
import { promptsText } from "./messages.ts";
import styles from "./prompts.module.css";
import { SuitsTag } from "./suits-tag.tsx";
import { VariableSentence } from "./variable-sentence.tsx";

/** A prompt of the library: its variables are inputs in the sentence; it is used in Create or kept as one's own. */
export function LibraryPromptDialog({
  of: prompt,
  onClose,
}: {
  readonly of: LibraryPrompt;
  readonly onClose: () => void;
}) {
  const { route } = useLocation();
  const shown = language.value;
  const defaults = Object.fromEntries(prompt.variables.map(({ name, default: text }) => [name, text[shown]]));
  const labels = Object.fromEntries(prompt.variables.map(({ name, label }) => [name, label[shown]]));
  const [values, setValues] = useState<{ readonly [name: string]: string }>(defaults);
  const text = prompt.text[shown];
  const { result, run } = useAction({
    mutationFn: () =>
      client.value.prompts.create({
        name: prompt.name[shown],
        text,
        model: prompt.model,
        variables: values,
        // A response may name a sampler of a newer version.
        settings: prompt.settings as PromptRequest["settings"],
        tags: prompt.tags,
      }),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ["prompts"] });
      toast(promptsText("saved"));
      onClose();
    },
  });
  const use = () => route(createWithPrompt(fillPrompt(text, values), prompt.settings));
  return (
    <Dialog
      title={prompt.name[shown]}
      onClose={onClose}
      actions={
        <>
          <Button busy={result.value.isPending} onClick={() => void run(undefined).catch(() => undefined)}>
            {promptsText("save")}
          </Button>
          <Button kind="ink" onClick={use}>
            {promptsText("use")}
          </Button>
        </>
      }
    >
      {prompt.example_url !== null && (
        <figure class={styles.figure}>
          <img class={styles.face} src={prompt.example_url} alt={fillPrompt(text, defaults)} width={256} height={256} />
          <figcaption class={styles.model}>{promptsText("drawn", { model: prompt.model })}</figcaption>
        </figure>
      )}
      <div>
        <SuitsTag of={prompt} />
      </div>
      {prompt.variables.length > 0 && <p class={styles.model}>{promptsText("fill")}</p>}
      <VariableSentence text={text} values={values} labels={labels} onChange={setValues} />
      {result.value.error && <Note kind="danger">{describeError(result.value.error)}</Note>}
    </Dialog>
  );
}
