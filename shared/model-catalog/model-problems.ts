import { isAccountAdapter, isAdapterAddress } from "../adapters/adapter-id.ts";
import type { FieldError } from "../request/field-errors.ts";
import type { ImageRequest } from "../request/image-request.ts";
import type { CatalogModel } from "./model-catalog.ts";

/**
 * Fields that need a capability of the model. Guidance and negative prompts need none: without effect they have a
 * warning.
 */
const neededCapabilities = {
  image: "image-to-image",
  mask: "inpainting",
  references: "references",
  loras: "loras",
  controlnet: "controlnet",
  upscale: "upscale",
  latents: "latents",
} as const satisfies { readonly [field in keyof ImageRequest]?: string };

type NeedyField = keyof typeof neededCapabilities;

/** What to do without a capability that workers may lack for other reasons than their model. */
const remedies: { readonly [field in NeedyField]?: string } = {
  controlnet:
    "its workers have no ControlNets (no folder ADAPTERS_DIR, as on AWS); leave controlnet out, or send the " +
    "job to a service whose workers have the file",
};

/** Ids that a message names at most. */
const shownIds = 20;

/**
 * Capabilities that a request asks for and the model, as its workers describe it, lacks. Sizes are judged by
 * `resolveSize`.
 */
export function modelProblems(request: ImageRequest, model: CatalogModel): FieldError[] {
  const problems: FieldError[] = [];
  const isAsked = (field: NeedyField) => {
    const value = request[field];
    return value !== undefined && value !== "none" && !(Array.isArray(value) && value.length === 0);
  };
  for (const [field, capability] of Object.entries(neededCapabilities) as [NeedyField, string][]) {
    if (!isAsked(field) || model.capabilities.includes(capability)) continue;
    const remedy = remedies[field] ?? "GET /v1/models lists what it can do";
    const message = `${field} is not supported by ${model.id}; ${remedy}`;
    problems.push({ param: field, code: "unsupported_capability", message });
  }
  if (problems.length > 0) return problems;
  const { loras, controlnets } = model.adapters ?? {};
  for (const [index, { id = "" }] of (request.loras ?? []).entries()) {
    // Adapters of the account, or at an address, are looked up where the request is submitted.
    if (id !== "" && !isAccountAdapter(id) && !isAdapterAddress(id)) {
      problems.push(...adapterProblem(`loras.${index}.id`, id, loras));
    }
  }
  if (request.controlnet) problems.push(...adapterProblem("controlnet.id", request.controlnet.id, controlnets));
  const { maxPromptCharacters } = model.limits;
  for (const field of ["prompt", "negative_prompt"] as const) {
    const characters = request[field]?.length ?? 0;
    if (characters <= maxPromptCharacters) continue;
    const message = `${field} must have at most ${maxPromptCharacters} characters for ${model.id}, got ${characters}`;
    problems.push({ param: field, code: "invalid_value", message });
  }
  return problems;
}

function adapterProblem(param: string, id: string, known: ReadonlySet<string> | undefined): FieldError[] {
  // As the workers' catalogue reads ids.
  if (known === undefined || known.has(id.normalize().replace(/\.safetensors$/i, ""))) return [];
  const ids = [...known].slice(0, shownIds);
  const more = known.size > ids.length ? " …" : "";
  const remedy = ids.length === 0 ? "there are none here" : `there are ${ids.join(", ")}${more}`;
  return [{ param, code: "adapter_not_found", message: `${param} names no adapter of this service; ${remedy}` }];
}
