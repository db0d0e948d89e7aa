import type { Model } from "../../../../sdk/src/index.ts";
import { Chip } from "../../parts/controls/chip.tsx";
import { language } from "../../text/language.ts";
import { changeDraft } from "./draft.ts";
import styles from "./first-visit.module.css";
import { createText } from "./messages.ts";

/** Prompts of the model's own to begin with, before anything was drawn. */
export function FirstVisit({ model }: { readonly model: Model }) {
  if (model.examples.length === 0) return null;
  return (
    <section class={styles.first}>
      <h2>{createText("tries")}</h2>
      <div class={styles.chips}>
        {model.examples.map((example) => (
          <Chip
            key={example.en}
            onClick={() => {
              changeDraft({ prompt: example[language.value] });
              document.getElementById("prompt")?.focus();
            }}
          >
            {example[language.value]}
          </Chip>
        ))}
      </div>
    </section>
  );
}
