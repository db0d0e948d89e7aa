import type { LibraryPrompt, Model } from "../../../../sdk/src/index.ts";
import { Chip } from "../../parts/controls/chip.tsx";
import { exampleText, usePromptLibrary } from "../../server/prompt-library.ts";
import { language } from "../../text/language.ts";
import { changeDraft } from "./draft.ts";
import styles from "./first-visit.module.css";
import { createText } from "./messages.ts";

const mostChips = 6;
const mostImages = 12;

/** Prompts of the model's own to begin with, and images that it drew, before anything was drawn here. */
export function FirstVisit({ model }: { readonly model: Model }) {
  const library = usePromptLibrary().value.data;
  const drawn = (library?.data ?? [])
    .filter(({ example_url, served_by }) => example_url !== null && served_by.includes(model.id))
    .slice(0, mostImages);
  return (
    <>
      {model.examples.length > 0 && (
        <section class={styles.first}>
          <h2>{createText("tries")}</h2>
          <div class={styles.chips}>
            {model.examples.slice(0, mostChips).map((example) => (
              <Chip key={example.en} onClick={() => write(example[language.value])}>
                {example[language.value]}
              </Chip>
            ))}
          </div>
        </section>
      )}
      {drawn.length > 0 && (
        <section class={styles.first}>
          <h2>{createText("drawnBy", { model: model.id })}</h2>
          <ul class={styles.images}>
            {drawn.map((prompt) => (
              <li key={prompt.id}>
                <Example of={prompt} />
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

/** An image of the library; a press writes its prompt into the box. */
function Example({ of: { text, variables, example_url: url } }: { readonly of: LibraryPrompt }) {
  const prompt = exampleText({ text, variables }, language.value);
  return (
    <button type="button" class={styles.image} title={prompt} onClick={() => write(prompt)}>
      <img src={url ?? ""} alt={prompt} width={256} height={256} />
    </button>
  );
}

function write(prompt: string): void {
  changeDraft({ prompt });
  document.getElementById("prompt")?.focus();
}
