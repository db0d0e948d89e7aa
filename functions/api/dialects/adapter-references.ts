import type { CatalogModel } from "../../../shared/model-catalog/model-catalog.ts";
import { InvalidRequestError } from "../../../shared/request/field-errors.ts";

/** An address, or a repository `owner/name`, as other APIs name a LoRA; everything else is an id. */
const isOutside = /^(?:https?:\/\/|[\w.-]+\/[\w.-]+$)/i;

/** A LoRA of a native request, from the one text by which another API names it. */
export function loraOf(text: string): { readonly path: string } | { readonly id: string } {
  return isOutside.test(text) ? { path: text } : { id: text };
}

/**
 * The ControlNet that is meant by an API which has no name for it: the first of those that the workers have.
 * @param param - the field that asks for one
 * @throws InvalidRequestError `unsupported_capability` where there is none
 */
export function onlyControlNet({ adapters }: CatalogModel, param: string): string {
  const [first] = [...(adapters?.controlnets ?? [])].sort();
  if (first !== undefined) return first;
  const message = `${param} is not supported here: the service has no ControlNet; GET /v1/adapters lists what there is`;
  throw new InvalidRequestError([{ param, code: "unsupported_capability", message }]);
}
