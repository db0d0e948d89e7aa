import { environment } from "../shared/environment.ts";
import { InvalidInputError } from "../shared/errors.ts";
import { type CatalogModel, catalogModel } from "../shared/request/model-catalog.ts";

/**
 * The served model, as the stack describes it: no worker need have run yet.
 * @throws InvalidInputError
 */
export function readModelCatalog(env: NodeJS.ProcessEnv): CatalogModel {
  const id = env[environment.modelId];
  const family = env[environment.modelFamily];
  const side = Number(env[environment.modelSide]);
  if (!id || (family !== "turbo" && family !== "base") || !Number.isInteger(side) || side < 64) {
    throw new InvalidInputError(
      "invalid_config",
      `${environment.modelId}, ${environment.modelFamily} (turbo or base) and ${environment.modelSide} (pixels) are needed, got "${id}", "${family}" and "${side}"`,
    );
  }
  const { capabilities, ...model } = catalogModel({ id, family, random: false, defaultSide: side });
  // Refused at once, rather than by a worker that has no folder of them.
  return { ...model, capabilities: capabilities.filter((name) => name !== "loras" && name !== "controlnet") };
}
