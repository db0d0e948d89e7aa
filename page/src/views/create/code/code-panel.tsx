import { useState } from "preact/hooks";
import type { Model } from "../../../../../sdk/src/index.ts";
import { Chip } from "../../../parts/controls/chip.tsx";
import { CodeBox } from "../../../parts/data/code-box.tsx";
import { Note } from "../../../parts/notes/note.tsx";
import { draft, lastSeed } from "../draft.ts";
import { jobRequest } from "../job-request.ts";
import { createText } from "../messages.ts";
import { isDefaultModel } from "../models.ts";
import styles from "./code-panel.module.css";
import { colourCode } from "./colour-code.ts";
import { type CodeLanguage, canSay, codeLanguages, makeCode } from "./make-code.ts";

/** The request that Draw would send, in the reader's language of programs. The key stays out of it. */
export function CodePanel({ model }: { readonly model: Model }) {
  const [chosen, choose] = useState<CodeLanguage>("curl");
  const { value } = draft;
  const prompt = value.prompt.trim() === "" ? (model.examples[0]?.en ?? "") : value.prompt;
  const request = jobRequest({ ...value, prompt }, model, isDefaultModel(model), value.seed ?? lastSeed.value);
  return (
    <div class={styles.code}>
      <div>
        <h3>{createText("codeTitle")}</h3>
        <p class={styles.sub}>{createText("codeRun")}</p>
      </div>
      <div class={styles.chips}>
        {codeLanguages.map(({ id, label }) => (
          <Chip key={id} pressed={id === chosen} onClick={() => choose(id)}>
            {label}
          </Chip>
        ))}
      </div>
      {canSay(chosen, request) ? (
        <CodeBox
          parts={colourCode(makeCode(chosen, { request, model, origin: location.origin }))}
          label={createText("codeTitle")}
        />
      ) : (
        <Note kind="info">{createText("codeCannot")}</Note>
      )}
      <p class={styles.sub}>{createText("codeKeyHint")}</p>
    </div>
  );
}
