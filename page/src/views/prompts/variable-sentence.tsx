import { splitPrompt } from "../../../../sdk/src/index.ts";
import styles from "./prompts.module.css";

const mostCharacters = 500;

/**
 * A prompt whose `{{variables}}` are inputs in the sentence. A variable that stands twice is changed in both places.
 */
export function VariableSentence({
  text,
  values,
  labels = {},
  onChange,
}: {
  readonly text: string;
  readonly values: { readonly [name: string]: string };
  /** What each is called for the reader. @default its name */
  readonly labels?: { readonly [name: string]: string };
  readonly onChange: (values: { readonly [name: string]: string }) => void;
}) {
  return (
    <p class={styles.sentence} dir="auto">
      {splitPrompt(text).map((piece, index) =>
        "text" in piece ? (
          <span key={index}>{piece.text}</span>
        ) : (
          <input
            key={index}
            class={styles.variable}
            aria-label={labels[piece.variable] ?? piece.variable}
            placeholder={labels[piece.variable] ?? piece.variable}
            value={values[piece.variable] ?? ""}
            size={Math.max(4, (values[piece.variable] ?? "").length)}
            maxLength={mostCharacters}
            onInput={(event) => onChange({ ...values, [piece.variable]: event.currentTarget.value })}
          />
        ),
      )}
    </p>
  );
}
