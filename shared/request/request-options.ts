import { imageRequestSchema, optionNotes } from "./image-request.ts";
import { type RequestField, requestFields } from "./request-fields.ts";

/** A request field as an option of a command line. */
export interface RequestOption extends RequestField {
  /** Without the dashes. */
  readonly option: string;
  readonly short?: string;
  /** Stands for the value in the help; a switch has none. */
  readonly value?: string;
}

const values = { text: "TEXT", choice: "NAME", number: "X", whole: "N", seed: "N", numbers: "X,X,…" } as const;

/**
 * The request fields that a command line can take as they are. Files, and what is made of several values, is for each
 * command to read.
 * @param handled - fields that the command reads itself
 */
export function requestOptions(handled: readonly string[]): RequestOption[] {
  return requestFields(imageRequestSchema).flatMap((field) => {
    if (field.kind === "json" || handled.includes(field.name)) return [];
    const notes = optionNotes.get(imageRequestSchema.shape[field.name as keyof typeof imageRequestSchema.shape]) ?? {};
    const value = field.kind === "switch" ? undefined : values[field.kind];
    return [{ ...field, option: field.name.replaceAll("_", "-"), value, ...notes }];
  });
}
