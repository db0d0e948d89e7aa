import * as z from "zod";
import { seedOfText } from "./seed.ts";

/**
 * Type of a field's value, for callers that have it as text: a command line, a form. `json` stands for objects and
 * their lists, `seed` for a whole number that may be wider than a number holds.
 */
export type FieldKind = "text" | "choice" | "number" | "whole" | "seed" | "switch" | "numbers" | "json";

export interface RequestField {
  readonly name: string;
  readonly kind: FieldKind;
  readonly description: string;
  /** Values of a `choice`. */
  readonly choices?: readonly string[];
  readonly minimum?: number;
  /** The value must be greater than this. */
  readonly above?: number;
  readonly maximum?: number;
}

interface FieldSchema {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly items?: FieldSchema;
  readonly anyOf?: readonly FieldSchema[];
}

/** The fields of a request, in the order of its schema. */
export function requestFields(schema: z.ZodObject): RequestField[] {
  // Without the schema's own metadata: one with an id would come as a reference to itself.
  const { properties = {} } = z.toJSONSchema(z.object(schema.shape), { io: "input" });
  return Object.entries(properties).map(([name, property]) => {
    const outer = property as FieldSchema;
    // A field that may be null is its own schema beside that of null.
    const inner = outer.anyOf?.find(({ type }) => type !== "null") ?? outer;
    return {
      name,
      kind: name === "seed" ? "seed" : kindOf(inner),
      description: outer.description ?? inner.description ?? "",
      choices: inner.enum,
      minimum: inner.minimum,
      above: inner.exclusiveMinimum,
      maximum: inner.maximum,
    };
  });
}

function kindOf({ type, enum: choices, items }: FieldSchema): FieldKind {
  if (choices !== undefined) return "choice";
  if (type === "string") return "text";
  if (type === "number") return "number";
  if (type === "integer") return "whole";
  if (type === "boolean") return "switch";
  return type === "array" && items?.type === "number" ? "numbers" : "json";
}

/** Converts text to a value of the field's kind; text that does not convert is left for the schema to refuse. */
export function valueOfText(kind: FieldKind, text: string): unknown {
  switch (kind) {
    case "number":
    case "whole":
      return numberOf(text) ?? text;
    case "seed":
      return seedOfText(text) ?? text;
    case "switch":
      return text === "true" ? true : text === "false" ? false : text;
    case "numbers": {
      const numbers = text
        .replace(/^\s*\[|\]\s*$/g, "")
        .split(",")
        .map(numberOf);
      return numbers.includes(undefined) ? text : numbers;
    }
    case "json":
      return jsonOf(text) ?? text;
    default:
      return text;
  }
}

function numberOf(text: string): number | undefined {
  const number = Number(text);
  return text.trim() !== "" && Number.isFinite(number) ? number : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
