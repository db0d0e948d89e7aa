import { text as readText } from "node:stream/consumers";
import type { JobFromImageRequest, JobRequest } from "../../api.ts";
import type { ZImageClient } from "../../client.ts";
import type { JobHandle } from "../../jobs.ts";
import { type Command, type CommandInput, type Context, type Options, UsageError } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { formatOf, pathFor, save } from "../image-files.ts";
import { imageSource } from "../image-source.ts";
import { showEvent } from "../job-progress.ts";
import { flag, number, numbers, pairs, seed, text, texts } from "../option-values.ts";
import { type RequestOption, requestOptions } from "../request-options.ts";

const options: Options = {
  ...fromRequest(requestOptions),
  from: {
    type: "string",
    value: "IMAGE",
    path: true,
    help: "Image to draw again: prompt, seed and settings are its file's, unless they are given here.",
  },
  image: {
    type: "string",
    short: "i",
    value: "IMAGE",
    path: true,
    help: "Image to start from: a file, a URL, or the id of an uploaded file or of an image.",
  },
  mask: { type: "string", value: "IMAGE", path: true, help: "Mask for --image; its white parts are redrawn." },
  reference: {
    type: "string",
    value: "IMAGE",
    path: true,
    multiple: true,
    help: "Image that the prompt refers to. Repeatable.",
  },
  lora: { type: "string", value: "ID[:SCALE]", multiple: true, help: "LoRA in the worker's catalogue. Repeatable." },
  out: {
    type: "string",
    short: "o",
    value: "PATH",
    path: true,
    help: "Output file or folder. Default: the current folder, named after the job.",
  },
  format: {
    type: "string",
    short: "f",
    value: "F",
    choices: ["png", "jpeg", "webp", "avif"],
    help: "Image format. Default: by the extension of --out, else png.",
  },
  quality: { type: "string", value: "Q", help: "Quality from 1 to 100; not for png." },
  metadata: { type: "string", value: "K=V", multiple: true, help: "Label of the job. Repeatable." },
  "no-parameters": { type: "boolean", help: "Keep prompt and settings out of the file." },
  "no-store": { type: "boolean", help: "Have the service keep nothing once the files are here." },
  quote: { type: "boolean", help: "Print the price without submitting a job." },
  "no-wait": { type: "boolean", help: "Print the job's id and exit; see jobs wait and pull." },
};

export const gen: Command = {
  name: "gen",
  summary: "generate images from a prompt",
  positionals: [{ name: "PROMPT", rest: true }],
  options,
  notes:
    "PROMPT may be several words, or - for standard input; with --from it may be left out. Prints the path of each file.\nCtrl-C cancels the " +
    "job; the steps begun are charged.",
  async run(input, context) {
    const { values } = input;
    const out = text(values, "out") ?? ".";
    // Wrong options are reported before anything is read, uploaded or asked for.
    const request = requestOf(input, out);
    const from = text(values, "from");
    if (from === undefined && request.prompt === "") {
      throw new UsageError("PROMPT is missing: give the description of the image, or --from an image to draw again");
    }
    if (from !== undefined && flag(values, "quote")) {
      throw new UsageError("--quote and --from cannot be combined: a quote needs the fields themselves");
    }
    if (request.prompt === "-") request.prompt = (await readText(context.stdin)).trim();
    const client = await context.client();
    await addInputImages(request, input, client, context.signal);
    if (flag(values, "quote")) return printQuote(request, client, context);
    const job = await client.jobs.create(await drawingOf(request, from, client, context), { signal: context.signal });
    for (const warning of job.latest.warnings) context.terminal.note(`warning: ${warning.message}`);
    if (flag(values, "no-wait")) {
      if (context.json) context.terminal.json({ type: "job", job: job.latest });
      else context.terminal.print(job.id);
      return exitCodes.ok;
    }
    await waitOrCancel(job, context);
    return saveAll(job, out, context);
  },
};

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function requestOf({ values, positionals }: CommandInput, out: string): Mutable<JobRequest> {
  const format = text(values, "format") ?? formatOf(out);
  const quality = number(values, "quality");
  const optional = {
    ...Object.fromEntries(requestOptions.map((field) => [field.name, optionValue(values, field)])),
    metadata: pairs(values, "metadata"),
    store: flag(values, "no-store") ? false : undefined,
    loras: texts(values, "lora").map(loraOf),
    output: { format, quality, parameters: flag(values, "no-parameters") ? false : undefined },
  };
  const given = Object.entries(optional).filter(
    ([, value]) => value !== undefined && (typeof value !== "object" || Object.keys(value).length > 0),
  );
  // Values that the types forbid are the API's to refuse: it knows what it serves, and names the field.
  return { prompt: positionals.join(" "), ...Object.fromEntries(given) } as Mutable<JobRequest>;
}

/** The request itself, or the image that says the rest of it. */
async function drawingOf(
  { prompt, ...fields }: JobRequest,
  from: string | undefined,
  client: ZImageClient,
  { signal }: Context,
): Promise<JobRequest | JobFromImageRequest> {
  if (from === undefined) return { prompt, ...fields };
  const image = await imageSource(from, "from", client, signal);
  return { ...fields, prompt: prompt === "" ? undefined : prompt, from_image: image };
}

function fromRequest(fields: readonly RequestOption[]): Options {
  return Object.fromEntries(
    fields.map(({ option, kind, short, value, choices, help }) => [
      option,
      { type: kind === "switch" ? "boolean" : "string", short, value, choices, help },
    ]),
  );
}

function optionValue(values: CommandInput["values"], { option, kind }: RequestOption) {
  switch (kind) {
    case "number":
    case "whole":
      return number(values, option);
    case "seed":
      return seed(values, option);
    case "numbers":
      return numbers(values, option);
    case "switch":
      return flag(values, option) || undefined;
    default:
      return text(values, option);
  }
}

function loraOf(given: string): { id: string; scale?: number } {
  const [id = "", scale, ...rest] = given.split(":");
  if (rest.length > 0 || (scale !== undefined && !/^-?\d+(\.\d+)?$/.test(scale))) {
    throw new UsageError(`--lora must be ID or ID:SCALE, got ${JSON.stringify(given)}`);
  }
  return { id, scale: scale === undefined ? undefined : Number(scale) };
}

async function addInputImages(
  request: Mutable<JobRequest>,
  { values }: CommandInput,
  client: ZImageClient,
  signal: AbortSignal,
): Promise<void> {
  for (const option of ["image", "mask"] as const) {
    const given = text(values, option);
    if (given !== undefined) request[option] = await imageSource(given, option, client, signal);
  }
  const references = texts(values, "reference");
  if (references.length === 0) return;
  request.references = [];
  for (const given of references) request.references.push(await imageSource(given, "reference", client, signal));
}

async function printQuote(
  request: JobRequest,
  client: ZImageClient,
  { terminal, json, signal }: Context,
): Promise<number> {
  const quote = await client.quote(request, { signal });
  if (json) terminal.json({ type: "quote", quote });
  else terminal.print(`${quote.amount_decimal} ${quote.currency}`);
  return exitCodes.ok;
}

/** Ctrl-C cancels the job: its images are not wanted any more. */
async function waitOrCancel(job: JobHandle, context: Context): Promise<void> {
  try {
    await job.wait({ signal: context.signal, onEvent: (event) => showEvent(event, job.latest.params.n, context) });
  } catch (error) {
    if (context.signal.aborted) {
      await job.cancel().catch(() => {});
      context.terminal.note(`cancelled ${job.id}`);
    }
    throw error;
  }
}

async function saveAll(job: JobHandle, out: string, { terminal, json, signal }: Context): Promise<number> {
  const { images } = job.latest;
  for (const [i, { index }] of images.entries()) {
    terminal.progress(i / images.length, "fetching");
    const downloaded = await job.downloadImage(index, { signal });
    const path = await pathFor(out, job.id, downloaded.image, images.length);
    await save(path, downloaded);
    if (!json) terminal.print(path);
    else terminal.json({ type: "saved", job: job.id, path, image: downloaded.image });
  }
  if (json) terminal.json({ type: "job", job: job.latest });
  return exitCodes.ok;
}
