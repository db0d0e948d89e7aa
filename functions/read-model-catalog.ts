import { environment } from "../shared/environment.ts";
import { InvalidInputError } from "../shared/errors.ts";
import { maxSteps } from "../shared/limits.ts";
import { readModelAliases, withModelAliases } from "../shared/model-catalog/model-aliases.ts";
import { type CatalogModel, catalogModel } from "../shared/model-catalog/model-catalog.ts";

/**
 * The served model, as the stack describes it: no worker need have run yet.
 * @throws InvalidInputError
 */
export function readModelCatalog(env: NodeJS.ProcessEnv): CatalogModel {
  const id = env[environment.modelId];
  const family = env[environment.modelFamily];
  const side = Number(env[environment.modelSide]);
  const steps = Number(env[environment.modelSteps] ?? 0);
  if (!id || (family !== "turbo" && family !== "base") || !Number.isInteger(side) || side < 64 || !isSteps(steps)) {
    throw new InvalidInputError(
      "invalid_config",
      `${environment.modelId}, ${environment.modelFamily} (turbo or base) and ${environment.modelSide} ` +
        `(pixels) are needed, and ${environment.modelSteps} is 0 to ${maxSteps}; got "${id}", "${family}", ` +
        `"${side}" and "${steps}"`,
    );
  }
  const { capabilities, ...model } = catalogModel({
    id,
    family,
    random: false,
    defaultSide: side,
    defaultSteps: steps || undefined,
  });
  // Workers there have no folder of adapters: LoRAs are those of accounts, and a ControlNet is refused at once.
  const adapters = { loras: new Set<string>(), controlnets: new Set<string>() };
  const served = { ...model, adapters, capabilities: capabilities.filter((name) => name !== "controlnet") };
  const aliases = readModelAliases(env[environment.modelAliases], environment.modelAliases);
  return withModelAliases([served], aliases, environment.modelAliases)[0]!;
}

/** 0 stands for the family's own. */
const isSteps = (steps: number) => Number.isInteger(steps) && steps >= 0 && steps <= maxSteps;
