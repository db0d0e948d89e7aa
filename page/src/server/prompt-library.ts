import { fillPrompt, type LibraryPrompt } from "../../../sdk/src/index.ts";
import { client } from "./client.ts";
import { useServer } from "./queries.ts";
import { apiKey } from "./session.ts";

/** Prompts that are known to work, in all languages: read once for the views that show them. */
export function usePromptLibrary() {
  return useServer({
    key: ["prompt-library", apiKey.value],
    get: (signal) => client.value.prompts.library({}, { signal }),
  });
}

/** A prompt of the library with what its variables are at first. */
export function exampleText(
  { text, variables }: Pick<LibraryPrompt, "text" | "variables">,
  language: "en" | "zh",
): string {
  return fillPrompt(
    text[language],
    Object.fromEntries(variables.map(({ name, default: value }) => [name, value[language]])),
  );
}
