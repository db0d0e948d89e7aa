import type { Model, ModelVocabulary } from "../../../../sdk/src/index.ts";
import { client } from "../../server/client.ts";
import { useServer } from "../../server/queries.ts";
import { apiKey } from "../../server/session.ts";
import { draft } from "./draft.ts";

/** Minutes: what is served changes when a worker starts or a file comes. */
const everyMs = 60_000;

export function useModels() {
  return useServer({
    key: ["models", apiKey.value],
    get: (signal) => client.value.models({ signal }),
    everyMs,
  });
}

/** The model of the draft, or the default one where the draft names none or one that is gone. */
export function chosenModel(models: readonly Model[] | undefined): Model | undefined {
  const { model } = draft.value;
  return models?.find(({ id }) => id === model) ?? models?.[0];
}

/** All that the model knows, where it knows a list of things alone. */
export function useVocabulary(model: Model | undefined) {
  const id = model?.vocabulary ? model.id : undefined;
  return useServer<ModelVocabulary>({
    key: ["vocabulary", id],
    get: (signal) => client.value.modelVocabulary(id ?? "", { signal }),
    enabled: id !== undefined,
  });
}

export function useAdapters() {
  return useServer({
    key: ["adapters", apiKey.value],
    get: (signal) => client.value.adapters({ signal }),
    everyMs,
  });
}

let defaultModel: string | undefined;

/** Whether requests that name no model draw with this one: it is the first in the list. */
export function isDefaultModel({ id }: Model): boolean {
  return defaultModel === undefined || id === defaultModel;
}

export function noteDefaultModel(models: readonly Model[]): void {
  defaultModel = models[0]?.id;
}
