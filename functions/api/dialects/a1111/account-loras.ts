import { AccountAdapters } from "../../../../shared/adapters/account-adapters.ts";
import { readPublishedAdapters } from "../../../../shared/model-catalog/worker-models.ts";
import { InvalidRequestError } from "../../../../shared/request/field-errors.ts";
import type { RouteDependencies } from "../../dependencies.ts";
import type { PromptLora } from "./prompt-loras.ts";

export interface NamedLora {
  /** Name in a prompt's tag: the file's, without folders and ending. */
  readonly name: string;
  readonly id: string;
}

/** LoRAs that an account's prompts may name: its own, then those of the workers' folder. */
export async function listLoras(
  accountId: string,
  dependencies: Pick<RouteDependencies, "items" | "objects" | "clock" | "newId">,
): Promise<NamedLora[]> {
  const own = await new AccountAdapters(dependencies).list(accountId);
  const { loras } = await readPublishedAdapters(dependencies.items, dependencies.clock.now());
  return [
    ...own.map(({ id, name }) => ({ id, name: fileName(name) })),
    ...loras.map(({ id }) => ({ id, name: fileName(id) })),
  ];
}

/** @throws InvalidRequestError `adapter_not_found` */
export function resolveNames(
  loras: readonly PromptLora[],
  known: readonly NamedLora[],
): { id: string; scale: number }[] {
  return loras.map(({ name, scale }) => {
    const wanted = fileName(name);
    const found = known.find(({ id }) => id === name) ?? known.find((lora) => lora.name === wanted);
    if (found !== undefined) return { id: found.id, scale };
    const names = known.slice(0, 20).map((lora) => lora.name);
    const remedy = names.length === 0 ? "there are none here" : `there are ${names.join(", ")}`;
    const message = `prompt names the LoRA ${JSON.stringify(name.slice(0, 60))}, which is not here; ${remedy}`;
    throw new InvalidRequestError([{ param: "prompt", code: "adapter_not_found", message }]);
  });
}

function fileName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1).replace(/\.safetensors$/i, "");
}
