import type { JobRequest, Model } from "../../../../../sdk/src/index.ts";

export const codeLanguages = [
  { id: "curl", label: "curl" },
  { id: "openai-js", label: "openai · JS" },
  { id: "openai-python", label: "openai · Python" },
  { id: "replicate", label: "replicate" },
  { id: "fal", label: "fal" },
  { id: "zimage", label: "zimage" },
] as const;

export type CodeLanguage = (typeof codeLanguages)[number]["id"];

export interface CodeInput {
  readonly request: JobRequest;
  readonly model: Model;
  /** Where the service is, such as `https://images.example.com`. */
  readonly origin: string;
}

type Fields = { readonly [name: string]: unknown };

/** A program that sends the request, complete but for the key: that comes from `ZIMAGE_KEY`. */
export function makeCode(language: CodeLanguage, input: CodeInput): string {
  return makers[language](input);
}

const makers: { readonly [Id in CodeLanguage]: (input: CodeInput) => string } = {
  curl: ({ request, origin }) =>
    [
      `curl -fsSL ${origin}/v1/jobs \\`,
      `  -H "Authorization: Bearer $ZIMAGE_KEY" \\`,
      `  -H "Content-Type: application/json" \\`,
      `  -H "Prefer: wait=60" \\`,
      `  -d ${shellText(JSON.stringify(request, null, 2))}`,
    ].join("\n"),
  "openai-js": (input) =>
    [
      `import OpenAI from "openai";`,
      "",
      `const client = new OpenAI({ baseURL: "${input.origin}/v1", apiKey: process.env.ZIMAGE_KEY });`,
      `const { data } = await client.images.generate(${literal({ ...openaiFields(input).own, ...openaiFields(input).ours })});`,
      "console.log(data.map(({ url }) => url));",
    ].join("\n"),
  "openai-python": openaiPython,
  replicate: (input) =>
    [
      `import Replicate from "replicate";`,
      "",
      `const replicate = new Replicate({ baseUrl: "${input.origin}/v1", auth: process.env.ZIMAGE_KEY });`,
      `const output = await replicate.run(${JSON.stringify(ownedName(input.model))}, {`,
      `  input: ${indent(literal(replicateFields(input)))},`,
      "});",
      "console.log(String(output));",
    ].join("\n"),
  fal: (input) =>
    [
      `import { createFalClient } from "@fal-ai/client";`,
      "",
      "const fal = createFalClient({",
      "  credentials: process.env.ZIMAGE_KEY,",
      `  proxyUrl: { url: "${input.origin}/fal/proxy", when: "always" },`,
      "});",
      `const { data } = await fal.subscribe("${falName(input)}", {`,
      `  input: ${indent(literal(falFields(input)))},`,
      "});",
      "console.log(data.images.map(({ url }) => url));",
    ].join("\n"),
  zimage: ({ request, origin }) =>
    [
      `import { ZImageClient } from "zimage";`,
      "",
      `const client = new ZImageClient({ baseUrl: "${origin}", apiKey: process.env.ZIMAGE_KEY });`,
      `const job = await client.jobs.create(${literal(request)}).wait();`,
      "console.log(job.images.map(({ url }) => url));",
    ].join("\n"),
};

/** In single quotes, which hide all but themselves from a shell. */
function shellText(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** JSON is a literal of JavaScript and, without `true`, `false` and `null`, of Python; requests have none of these. */
function literal(fields: object): string {
  return JSON.stringify(fields, null, 2);
}

const indent = (text: string, by = "  "): string => text.replaceAll("\n", `\n${by}`);

/** OpenAI's own fields, and ours, which its Python client takes apart. */
function openaiFields({ request, model }: CodeInput): { readonly own: Fields; readonly ours: Fields } {
  const { model: _, prompt, n, size, output, ...ours } = request;
  const own = {
    model: model.id,
    prompt,
    n: n ?? 1,
    ...(size !== undefined && { size }),
    response_format: "url",
    ...(output?.format !== undefined && { output_format: output.format }),
    ...(output?.quality !== undefined && { output_compression: output.quality }),
  };
  return { own, ours: ours as Fields };
}

function openaiPython(input: CodeInput): string {
  const { own, ours } = openaiFields(input);
  const named = Object.entries(own).map(([name, value]) => `    ${name}=${JSON.stringify(value)},`);
  const extra = Object.keys(ours).length > 0 ? [`    extra_body=${indent(literal(ours), "    ")},`] : [];
  return [
    "import os",
    "from openai import OpenAI",
    "",
    `client = OpenAI(base_url="${input.origin}/v1", api_key=os.environ["ZIMAGE_KEY"])`,
    "response = client.images.generate(",
    ...named,
    ...extra,
    ")",
    "print([image.url for image in response.data])",
  ].join("\n");
}

/** `owner/name`, as Replicate's client wants it. */
function ownedName({ id, aliases }: Model): string {
  return [id, ...aliases].find((name) => /^[\w.-]+\/[\w.-]+$/.test(name)) ?? `zimage/${id}`;
}

function sizeOf({ request, model }: CodeInput): { readonly width: number; readonly height: number } | undefined {
  const [width, height] = request.size?.split("x").map(Number) ?? [];
  if (width !== undefined && height !== undefined) return { width, height };
  // Without a size an image decides; else the model's own is named, as theirs would be another.
  return request.image === undefined ? { width: model.defaults.width, height: model.defaults.height } : undefined;
}

function replicateFields(input: CodeInput): Fields {
  const { request } = input;
  const { format = "png", quality } = request.output ?? {};
  return {
    ...sharedFields(request),
    ...sizeOf(input),
    ...(request.n !== undefined && { num_outputs: request.n }),
    output_format: format === "jpeg" ? "jpg" : format,
    ...(quality !== undefined && { output_quality: quality }),
    ...(request.image !== undefined && { image: request.image }),
    ...(request.mask !== undefined && { mask: request.mask }),
    ...(request.loras && {
      lora_weights: request.loras.map(({ id, path }) => id ?? path),
      lora_scales: request.loras.map(({ scale = 1 }) => scale),
    }),
    ...(request.controlnet && {
      control_image: request.controlnet.image,
      ...(request.controlnet.scale !== undefined && { controlnet_conditioning_scale: request.controlnet.scale }),
    }),
  };
}

function falFields(input: CodeInput): Fields {
  const { request } = input;
  const size = sizeOf(input);
  return {
    ...sharedFields(request),
    ...(size && { image_size: size }),
    ...(request.n !== undefined && { num_images: request.n }),
    output_format: request.output?.format ?? "png",
    ...(request.image !== undefined && { image_url: request.image }),
    ...(request.mask !== undefined && { mask_image_url: request.mask }),
    ...(request.loras && { loras: request.loras.map(({ id, path, scale = 1 }) => ({ path: id ?? path, scale })) }),
  };
}

/** What Replicate and fal name alike. */
function sharedFields(request: JobRequest): Fields {
  const { prompt, negative_prompt, seed, steps, guidance, strength } = request;
  return {
    prompt,
    ...(negative_prompt !== undefined && { negative_prompt }),
    ...(seed !== undefined && { seed }),
    ...(steps !== undefined && { num_inference_steps: steps }),
    ...(guidance !== undefined && { guidance_scale: guidance }),
    ...(strength !== undefined && { strength }),
  };
}

function falName({ request, model }: CodeInput): string {
  const task = request.mask !== undefined ? "/inpaint" : request.image !== undefined ? "/image-to-image" : "";
  return `fal-ai/z-image/${model.family}${task}${request.loras ? "/lora" : ""}`;
}

/** Whether a language can say the request: OpenAI's masks mark by transparency, ours by white. */
export function canSay(language: CodeLanguage, { mask, controlnet }: JobRequest): boolean {
  if (language.startsWith("openai")) return mask === undefined;
  return language !== "fal" || controlnet === undefined;
}
