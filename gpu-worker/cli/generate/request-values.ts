import type * as z from "zod";
import { UsageError } from "../../../shared/process/command-line.ts";
import { InvalidRequestError, parseFields } from "../../../shared/request/field-errors.ts";
import { imageRequestSchema } from "../../../shared/request/image-request.ts";
import { valueOfText } from "../../../shared/request/request-fields.ts";
import { requestOptions } from "../../../shared/request/request-options.ts";

/** Request fields that this command reads itself, and those that only the service has a use for. */
const handled = [
  "model",
  "prompt",
  "size",
  "aspect_ratio",
  "width",
  "height",
  "n",
  "image",
  "mask",
  "latents",
  "response",
  "store",
  "deadline_s",
  "priority",
  "max_cost",
];

const options = requestOptions(handled);

const drawnSchema = imageRequestSchema.omit({
  model: true,
  size: true,
  aspect_ratio: true,
  width: true,
  height: true,
  n: true,
  image: true,
  mask: true,
  latents: true,
  references: true,
  loras: true,
  controlnet: true,
  output: true,
  response: true,
  store: true,
  webhook: true,
  metadata: true,
  deadline_s: true,
  priority: true,
  max_cost: true,
});

/**
 * The prompt and the request fields that the command line can give as they are, with the defaults of those that have
 * one.
 */
export type RequestValues = z.output<typeof drawnSchema>;

/** As `node:util` parseArgs wants them. */
export const requestValueOptions = Object.fromEntries(
  options.map(({ option, kind }) => [option, { type: kind === "switch" ? "boolean" : "string" } as const]),
);

/** @throws UsageError naming the option */
export function requestValues(prompt: string, given: { readonly [option: string]: unknown }): RequestValues {
  const fields = options.flatMap(({ name, option, kind }) => {
    const value = given[option];
    return value === undefined ? [] : [[name, typeof value === "string" ? valueOfText(kind, value) : value] as const];
  });
  try {
    return parseFields(drawnSchema, { prompt, ...Object.fromEntries(fields) });
  } catch (error) {
    if (!(error instanceof InvalidRequestError)) throw error;
    const { param, message } = error.errors[0]!;
    const [field = param] = param.split(".");
    const { option } = options.find(({ name }) => name === field) ?? { option: field };
    throw new UsageError(`--${option}${message.slice(field.length)}`);
  }
}

const indent = 24;
const width = 128;

/** Lines of the help: each option with the description of its field. */
export function requestValueHelp(): string {
  return options
    .map(({ option, value, description, choices }) => {
      const left = `  --${option}${value === undefined ? "" : ` ${value}`}`;
      const text = choices === undefined ? description : `${description} (${choices.join(", ")})`;
      return `${left.padEnd(indent - 1)} ${wrapped(text)}\n`;
    })
    .join("");
}

function wrapped(text: string): string {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!;
    if (line !== "" && indent + line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines.join(`\n${" ".repeat(indent)}`);
}
