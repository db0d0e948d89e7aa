import { useEffect, useState } from "preact/hooks";
import type { Model } from "../../../../../sdk/src/index.ts";
import { Button } from "../../../parts/controls/button.tsx";
import { Chip } from "../../../parts/controls/chip.tsx";
import { Note } from "../../../parts/notes/note.tsx";
import { commonText } from "../../../text/common.ts";
import { language } from "../../../text/language.ts";
import { changeDraft, draft } from "../draft.ts";
import { refusal, submitDrawing } from "../feed/submit-drawing.ts";
import { inputNote, takeInput, undoRestore } from "../input/input-state.ts";
import { createText } from "../messages.ts";
import { useVocabulary } from "../models.ts";
import { isNative, shownSize, sizeText } from "../sizes.ts";
import styles from "./advice.module.css";
import { findKnownWords } from "./known-words.ts";
import { wantsLettering } from "./wants-lettering.ts";

const quietMs = 300;

/** What stands under the prompt: why it was not drawn, what became of a file, and what the model cannot do. */
export function Advice({ model, isEmpty }: { readonly model: Model | undefined; readonly isEmpty: boolean }) {
  const settled = useSettled(draft.value.prompt);
  return (
    <div class={styles.notes}>
      {isEmpty && <Note kind="warn">{createText("promptEmpty")}</Note>}
      <RefusalNote />
      <FileNote />
      {model && <UnknownWords model={model} prompt={settled} />}
      {model && <SizeAdvice model={model} />}
      {model && model.vocabulary === null && wantsLettering(settled) && (
        <Note kind="info">{createText("lettering")}</Note>
      )}
    </div>
  );
}

/** The value once it has stayed the same for as long as a word takes to type. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), quietMs);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

function RefusalNote() {
  const { value } = refusal;
  if (value === null) return null;
  // Fields with a place of their own say it there as well; here is what nobody may miss.
  const action =
    value.status === 402 ? (
      <Button href="/account">{createText("addCredit")}</Button>
    ) : value.again !== null ? (
      <Button onClick={() => submitDrawing(value.again!)}>{commonText("retry")}</Button>
    ) : undefined;
  return (
    <Note kind="danger" action={action}>
      {value.text}
    </Note>
  );
}

function FileNote() {
  const { value: note } = inputNote;
  if (note === null) return null;
  if (note.kind !== "restored") {
    const kind = note.kind === "error" ? "danger" : "info";
    return <Note kind={kind}>{note.text}</Note>;
  }
  return (
    <Note
      kind="ok"
      action={
        <>
          <Button onClick={() => void takeInput(note.file)}>{createText("asInput")}</Button>
          <Button onClick={undoRestore}>{createText("undo")}</Button>
        </>
      }
    >
      {note.text}
    </Note>
  );
}

function UnknownWords({ model, prompt }: { readonly model: Model; readonly prompt: string }) {
  const { data } = useVocabulary(model).value;
  if (data === undefined || prompt.trim().length < 2) return null;
  const { isKnown, nearest } = findKnownWords(prompt, data);
  if (isKnown) return null;
  const offered = nearest.length > 0 ? nearest : model.examples.slice(0, 3);
  return (
    <Note kind="warn">
      {createText("known", { model: model.id, n: data.things.length })}
      <div class={styles.words}>
        {offered.map((thing) => (
          <Chip key={thing.en} onClick={() => changeDraft({ prompt: thing[language.value] })}>
            {thing[language.value]}
          </Chip>
        ))}
      </div>
    </Note>
  );
}

function SizeAdvice({ model }: { readonly model: Model }) {
  const { value } = draft;
  const size = shownSize(value, model);
  if (value.size === null || isNative(size, model) || model.vocabulary === null) return null;
  const own = sizeText(model.defaults);
  return (
    <Note
      kind="warn"
      action={<Button onClick={() => changeDraft({ size: null })}>{createText("useIt", { size: own })}</Button>}
    >
      {createText("sizeWarn", { model: model.id, size: own })}
    </Note>
  );
}
