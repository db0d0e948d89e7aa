import { useState } from "preact/hooks";
import type { LibraryPrompt, PromptLibrary } from "../../../../sdk/src/index.ts";
import { Chip } from "../../parts/controls/chip.tsx";
import { Note } from "../../parts/notes/note.tsx";
import { Skeleton } from "../../parts/notes/skeleton.tsx";
import { describeError } from "../../server/describe-error.ts";
import { exampleText, usePromptLibrary } from "../../server/prompt-library.ts";
import { commonText } from "../../text/common.ts";
import { language } from "../../text/language.ts";
import { LibraryPromptDialog } from "./library-prompt-dialog.tsx";
import { promptsText } from "./messages.ts";
import styles from "./prompts.module.css";
import { SuitsTag } from "./suits-tag.tsx";

/** Prompts of the library that suit what is served here first; the others say which model they need. */
export function Library() {
  const library = usePromptLibrary().value;
  const [series, setSeries] = useState<string>();
  const [shown, setShown] = useState<LibraryPrompt>();
  if (library.error) return <Note kind="danger">{describeError(library.error)}</Note>;
  if (library.data === undefined) return <Skeleton height="320px" label={commonText("loading")} />;
  const all = library.data.data.toSorted((a, b) => Number(b.served_by.length > 0) - Number(a.served_by.length > 0));
  const found = all.filter((prompt) => series === undefined || prompt.series.en === series);
  const names = new Map(all.map((prompt) => [prompt.series.en, prompt.series[language.value]]));
  return (
    <div class={styles.part}>
      <div class={styles.chips}>
        <Chip pressed={series === undefined} onClick={() => setSeries(undefined)}>
          {promptsText("all")}
        </Chip>
        {[...names].map(([key, name]) => (
          <Chip key={key} pressed={series === key} onClick={() => setSeries(key)}>
            {name}
          </Chip>
        ))}
      </div>
      <ul class={styles.cards} aria-label={promptsText("library")}>
        {found.map((prompt) => (
          <li key={prompt.id}>
            <button type="button" class={styles.card} onClick={() => setShown(prompt)}>
              <PromptFace of={prompt} />
              <span class={styles.about}>
                <span class={styles.name}>{prompt.name[language.value]}</span>
                {prompt.example_url === null ? (
                  <SuitsTag of={prompt} />
                ) : (
                  <span class={styles.filled}>{exampleText(prompt, language.value)}</span>
                )}
              </span>
            </button>
          </li>
        ))}
      </ul>
      <Tips library={library.data} models={new Set(found.map(({ model }) => model))} />
      {shown && <LibraryPromptDialog of={shown} onClose={() => setShown(undefined)} />}
    </div>
  );
}

/** What it draws, else its words in large type. */
function PromptFace({ of: prompt }: { readonly of: LibraryPrompt }) {
  if (prompt.example_url !== null) {
    return <img class={styles.cover} src={prompt.example_url} alt="" width={256} height={256} />;
  }
  return (
    <span class={styles.cover}>
      <span class={styles.words}>{exampleText(prompt, language.value)}</span>
    </span>
  );
}

function Tips({ library, models }: { readonly library: PromptLibrary; readonly models: ReadonlySet<string> }) {
  const tips = library.tips.filter(({ model }) => models.has(model));
  if (tips.length === 0) return null;
  return (
    <div class={styles.tips}>
      <h2>{promptsText("tips")}</h2>
      <ul>
        {tips.map(({ id, text, model }) => (
          <li key={id}>
            {text[language.value]} <span class={styles.model}>{model}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
