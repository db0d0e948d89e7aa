import { InvalidInputError } from "../errors.ts";
import { type CatalogModel, findModel } from "./model-catalog.ts";

/** A name of the operator's choice for a model, for clients that cannot be told another one. */
export interface ModelAlias {
  readonly name: string;
  /** Id or alias of a served model. */
  readonly model: string;
}

/**
 * Aliases from a setting such as `dall-e-3=z-image-turbo,gpt-image-1=z-image-turbo`; nothing gives none.
 * @throws InvalidInputError `bad_option` naming `variable` and what came
 */
export function readModelAliases(text: string | undefined, variable: string): readonly ModelAlias[] {
  const parts = (text ?? "").split(",").flatMap((part) => part.trim() || []);
  return parts.map((part) => {
    const [, name, model] = /^([\w./:-]{1,100})\s*=\s*([\w./:-]{1,200})$/.exec(part) ?? [];
    if (name !== undefined && model !== undefined) return { name, model };
    throw bad(`${variable} must be pairs NAME=MODEL separated by commas, got ${JSON.stringify(part.slice(0, 100))}`);
  });
}

/**
 * The catalogue with the operator's names.
 * @throws InvalidInputError `bad_option` for a model that is not served, and for a name that is one's already
 */
export function withModelAliases(
  models: readonly CatalogModel[],
  aliases: readonly ModelAlias[],
  variable: string,
): CatalogModel[] {
  let named = [...models];
  for (const { name, model } of aliases) {
    const meant = findModel(named, model);
    if (meant === undefined) {
      throw bad(`${variable}: ${model} is not served here; there is ${models.map(({ id }) => id).join(", ")}`);
    }
    if (findModel(named, name) !== undefined) throw bad(`${variable}: ${name} is the name of a model already`);
    const { aliases: others, listedNames = [] } = meant;
    const known = { ...meant, aliases: [...others, name], listedNames: [...listedNames, name] };
    named = named.map((each) => (each === meant ? known : each));
  }
  return named;
}

function bad(message: string): InvalidInputError {
  return new InvalidInputError("bad_option", `${message}; for example dall-e-3=z-image-turbo`);
}
