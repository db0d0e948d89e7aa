import * as z from "zod";
import { type ImageRequest, imageRequestSchema } from "./image-request.ts";

/**
 * Fields that `parse-image-request.ts` turns into something else. Every other field is passed to the pipeline as it is.
 */
const ruledFields = [
  "model",
  "size",
  "width",
  "height",
  "aspect_ratio",
  "n",
  "seed",
  "steps",
  "guidance",
  "image",
  "strength",
  "mask",
  "mask_mode",
  "references",
  "loras",
  "controlnet",
  "latents",
  "output",
  "store",
  "response",
  "webhook",
  "metadata",
  "deadline_s",
  "priority",
  "max_cost",
] satisfies (keyof Shape)[];

type Shape = typeof imageRequestSchema.shape;
type PassedField = Exclude<keyof Shape, (typeof ruledFields)[number]>;
type CamelCase<Name extends string> = Name extends `${infer First}_${infer Rest}`
  ? `${First}${Capitalize<CamelCase<Rest>>}`
  : Name;
export type Passed = Pick<ImageRequest, PassedField>;

/**
 * The passed fields in camelCase: part of a job's parameters, of what the engine is asked and of what the pipeline
 * draws from.
 */
export type PassedParams = { readonly [Field in keyof Passed as CamelCase<Field>]: Passed[Field] };

/** Each passed field, by its name in requests and in the pipeline. */
const passedFields = (Object.keys(imageRequestSchema.shape) as PassedField[])
  .filter((field) => !(ruledFields as readonly string[]).includes(field))
  .map((field) => ({ field, param: field.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()) }));

export function isPassedField(name: string): boolean {
  return passedFields.some(({ field }) => field === name);
}

export function passedParams(request: Passed): PassedParams {
  return Object.fromEntries(passedFields.map(({ field, param }) => [param, request[field]])) as unknown as PassedParams;
}

/** The passed fields among `params`, and nothing else of it. */
export function pickPassed(params: PassedParams): PassedParams {
  const values = params as unknown as { readonly [param: string]: unknown };
  return Object.fromEntries(passedFields.map(({ param }) => [param, values[param]])) as unknown as PassedParams;
}

type Present<Field> = Field extends z.ZodDefault<infer Inner> ? Inner : Field;

/** Schemas of the passed fields in a response, where a default has become a value. */
export const passedShape = Object.fromEntries(
  passedFields.map(({ field }) => {
    const schema = imageRequestSchema.shape[field];
    return [field, schema instanceof z.ZodDefault ? schema.unwrap().describe(schema.description ?? "") : schema];
  }),
) as unknown as { [Field in PassedField]: Present<Shape[Field]> };
