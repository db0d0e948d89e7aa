import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { compile, type JSONSchema } from "json-schema-to-typescript";
import { openapiDocument } from "../functions/api/openapi/openapi-document.ts";
import { requestOptions } from "../shared/request/request-options.ts";

/** What `npm run generate:sdk` writes: each file with its text as it has to be today, which a test compares. */
export const generatedFiles: readonly { readonly path: string; readonly generate: () => Promise<string> | string }[] = [
  { path: join(import.meta.dirname, "src/api.ts"), generate: generateApi },
  { path: join(import.meta.dirname, "src/cli/request-options.ts"), generate: generateRequestOptions },
];

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Body & { readonly required?: boolean };
  readonly responses: { readonly [status: string]: Body };
}

interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: JSONSchema;
}

interface Body {
  readonly content?: { readonly [mediaType: string]: { readonly schema: JSONSchema } };
}

interface OpenapiDocument {
  readonly paths: { readonly [path: string]: { readonly [method: string]: Operation } };
  readonly components: { readonly schemas: { readonly [name: string]: JSONSchema } };
}

/** What the generator says of every definition, and nobody needs. */
const referencedBy = / \* This interface was referenced by .*\n \* via the `definition` .*\n/g;

/**
 * The SDK's types, and its table of routes, from the OpenAPI document. OpenAPI 3.1 components are JSON Schema, so a
 * JSON Schema generator reads them as they are; each operation becomes one more schema, of what it takes and gives.
 */
async function generateApi(): Promise<string> {
  const { paths, components } = openapiDocument("https://api.example") as unknown as OpenapiDocument;
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
  const schema: JSONSchema = {
    title: "Operations",
    description: "Parameters, body and response of each operation.",
    ...strictObject(operations.map(({ operation }) => [operation.operationId, operationSchema(operation)])),
    definitions: components.schemas,
  };
  const types = await compile(inDefinitions(schema), "Operations", {
    bannerComment: "",
    additionalProperties: false,
    ignoreMinAndMaxItems: true,
    unreachableDefinitions: true,
    style: { printWidth: 120 },
  });
  const routes = operations.map(
    ({ method, path, operation }) =>
      `  ${operation.operationId}: { method: ${JSON.stringify(method)}, path: ${JSON.stringify(path)} },\n`,
  );
  return [
    "// Made from the OpenAPI document by `npm run generate:sdk`; do not edit.\n\n",
    types.replaceAll(referencedBy, "").replaceAll(/\/\*\*\n \*\/\n/g, ""),
    `\n/** Where each operation is. */\nexport const routes = {\n${routes.join("")}} as const;\n`,
  ].join("");
}

function operationSchema({ summary, parameters = [], requestBody, responses }: Operation): JSONSchema {
  const query = parameters.filter((parameter) => parameter.in === "query");
  const body = jsonSchemaOf(requestBody);
  const response = Object.entries(responses)
    .filter(([status]) => status.startsWith("2"))
    .map(([, success]) => jsonSchemaOf(success))
    .find((found) => found !== undefined);
  return {
    description: summary,
    ...strictObject([
      ...(query.length > 0 ? [["query", querySchema(query)] as const] : []),
      ...(body === undefined ? [] : [["body", body] as const]),
      ...(response === undefined ? [] : [["response", response] as const]),
    ]),
  };
}

function querySchema(parameters: readonly Parameter[]): JSONSchema {
  return {
    type: "object",
    additionalProperties: false,
    required: parameters.filter(({ required }) => required).map(({ name }) => name),
    properties: Object.fromEntries(
      parameters.map(({ name, description, schema }) => [name, { ...schema, ...(description && { description }) }]),
    ),
  };
}

function jsonSchemaOf(body: Body | undefined): JSONSchema | undefined {
  return body?.content?.["application/json"]?.schema;
}

function strictObject(members: readonly (readonly [string, JSONSchema])[]): JSONSchema {
  const properties = Object.fromEntries(members);
  return { type: "object", additionalProperties: false, required: Object.keys(properties), properties };
}

/** The generator looks for referenced schemas where JSON Schema has them. */
function inDefinitions(schema: JSONSchema): JSONSchema {
  return JSON.parse(JSON.stringify(schema).replaceAll("#/components/schemas/", "#/definitions/")) as JSONSchema;
}

/** Request fields that the command reads itself: from its arguments, or as files that it uploads first. */
const handledByCommand = ["prompt", "width", "height", "image", "mask", "latents", "response", "store"];

/**
 * The other request fields as options of `zimage gen`. The SDK imports nothing of the service, so the table is written
 * out.
 */
function generateRequestOptions(): string {
  const lines = requestOptions(handledByCommand).map(({ name, option, short, value, kind, choices, description }) =>
    JSON.stringify({ name, option, short, value, kind, choices, help: description }),
  );
  return `// Made from the request schema by \`npm run generate:sdk\`; do not edit.

export interface RequestOption {
  /** Name of the field in a request. */
  readonly name: string;
  readonly option: string;
  readonly short?: string;
  /** Stands for the value in the help. */
  readonly value?: string;
  readonly kind: "text" | "choice" | "number" | "whole" | "seed" | "switch" | "numbers";
  readonly choices?: readonly string[];
  readonly help: string;
}

export const requestOptions: readonly RequestOption[] = [
${lines.map((line) => `  ${line},\n`).join("")}];
`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  for (const { path, generate } of generatedFiles) {
    const generated = await generate();
    const before = await readFile(path, "utf8").catch(() => "");
    if (generated !== before) await writeFile(path, generated);
    process.stdout.write(`${path} ${generated === before ? "is up to date" : "written"}\n`);
  }
}
