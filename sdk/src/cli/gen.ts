import { text as readText } from "node:stream/consumers";
import type { JobRequest } from "../api.ts";
import type { ZImageClient } from "../client.ts";
import type { JobHandle } from "../jobs.ts";
import { type Command, type CommandInput, type Context, type Options, UsageError } from "./command.ts";
import { exitCodes } from "./exit-codes.ts";
import { showEvent } from "./job-progress.ts";
import { money } from "./money.ts";
import { flag, number, pairs, text, texts } from "./option-values.ts";
import { formatOf, pathFor, save } from "./picture-files.ts";
import { pictureSource } from "./picture-source.ts";

const options: Options = {
  size: { type: "string", short: "s", value: "WxH", help: "sides in pixels, multiples of 16; default by model" },
  aspect: { type: "string", value: "A:B", help: "in place of --size, for example 16:9" },
  n: { type: "string", short: "n", value: "N", help: "pictures, 1 to 4" },
  seed: { type: "string", value: "N", help: "same seed, same picture; default at random" },
  steps: { type: "string", value: "N", help: "denoising steps; default by model" },
  guidance: { type: "string", value: "G", help: "classifier-free guidance scale" },
  negative: { type: "string", value: "TEXT", help: "what to keep out, with guidance" },
  model: { type: "string", short: "m", value: "ID", help: "default: the first one served" },
  image: { type: "string", short: "i", value: "PICTURE", path: true, help: "start from a file, link or file id" },
  strength: { type: "string", value: "S", help: "how far from --image, above 0 to 1" },
  mask: { type: "string", value: "PICTURE", path: true, help: "draw only its white parts anew" },
  reference: {
    type: "string",
    value: "PICTURE",
    path: true,
    multiple: true,
    help: "picture that the prompt speaks of; may repeat",
  },
  lora: { type: "string", value: "ID[:SCALE]", multiple: true, help: "of the worker's catalogue; may repeat" },
  upscale: { type: "string", value: "HOW", choices: ["none", "lanczos", "refine"], help: "double the sides" },
  out: {
    type: "string",
    short: "o",
    value: "PATH",
    path: true,
    help: "file, or folder; default: here, named after the job",
  },
  format: {
    type: "string",
    short: "f",
    value: "F",
    choices: ["png", "jpeg", "webp", "avif"],
    help: "default: by --out, else png",
  },
  quality: { type: "string", value: "Q", help: "1 to 100, but for png" },
  metadata: { type: "string", value: "K=V", multiple: true, help: "label of the job; may repeat" },
  priority: {
    type: "string",
    value: "P",
    choices: ["interactive", "batch"],
    help: "batch costs less and waits longer",
  },
  "max-cost": { type: "string", value: "N", help: "refuse above so many micro-units" },
  deadline: { type: "string", value: "S", help: "give up unless begun within so many seconds" },
  quote: { type: "boolean", help: "tell the price, draw nothing" },
  "no-wait": { type: "boolean", help: "print the job's id and leave; see jobs wait, pull" },
};

export const gen: Command = {
  name: "gen",
  summary: "make pictures from a prompt",
  positionals: [{ name: "PROMPT", required: true, rest: true }],
  options,
  notes:
    "PROMPT may be several words, or - for standard input. Prints the path of each file.\nCtrl-C cancels the job; what was drawn is charged.",
  async run(input, context) {
    const { values } = input;
    const out = text(values, "out") ?? ".";
    // Wrong options are told before anything is read, uploaded or asked for.
    const request = requestOf(input, out);
    if (request.prompt === "-") request.prompt = (await readText(context.stdin)).trim();
    const client = await context.client();
    await addPictures(request, input, client, context.signal);
    if (flag(values, "quote")) return printQuote(request, client, context);
    const job = await client.jobs.create(request, { signal: context.signal });
    for (const warning of job.latest.warnings) context.terminal.note(`warning: ${warning}`);
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
    size: text(values, "size"),
    aspect_ratio: text(values, "aspect"),
    model: text(values, "model"),
    n: number(values, "n"),
    seed: number(values, "seed"),
    steps: number(values, "steps"),
    guidance: number(values, "guidance"),
    negative_prompt: text(values, "negative"),
    strength: number(values, "strength"),
    upscale: text(values, "upscale"),
    priority: text(values, "priority"),
    max_cost: number(values, "max-cost"),
    deadline_s: number(values, "deadline"),
    metadata: pairs(values, "metadata"),
    loras: texts(values, "lora").map(loraOf),
    output: { format, quality },
  };
  const given = Object.entries(optional).filter(
    ([, value]) => value !== undefined && (typeof value !== "object" || Object.keys(value).length > 0),
  );
  // Values that the types forbid are the API's to refuse: it knows what it serves, and names the field.
  return { prompt: positionals.join(" "), ...Object.fromEntries(given) } as Mutable<JobRequest>;
}

function loraOf(given: string): { id: string; scale?: number } {
  const [id = "", scale, ...rest] = given.split(":");
  if (rest.length > 0 || (scale !== undefined && !/^-?\d+(\.\d+)?$/.test(scale))) {
    throw new UsageError(`--lora must be ID or ID:SCALE, got ${JSON.stringify(given)}`);
  }
  return { id, scale: scale === undefined ? undefined : Number(scale) };
}

async function addPictures(
  request: Mutable<JobRequest>,
  { values }: CommandInput,
  client: ZImageClient,
  signal: AbortSignal,
): Promise<void> {
  for (const option of ["image", "mask"] as const) {
    const given = text(values, option);
    if (given !== undefined) request[option] = await pictureSource(given, option, client, signal);
  }
  const references = texts(values, "reference");
  if (references.length === 0) return;
  request.references = [];
  for (const given of references) request.references.push(await pictureSource(given, "reference", client, signal));
}

async function printQuote(
  request: JobRequest,
  client: ZImageClient,
  { terminal, json, signal }: Context,
): Promise<number> {
  const quote = await client.quote(request, { signal });
  if (json) terminal.json({ type: "quote", quote });
  else terminal.print(money(quote.amount, quote.currency));
  return exitCodes.ok;
}

/** Ctrl-C means that nobody wants the pictures any more. */
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
    const picture = await job.downloadImage(index, { signal });
    const path = await pathFor(out, job.id, picture.image, images.length);
    await save(path, picture);
    if (!json) terminal.print(path);
    else terminal.json({ type: "saved", job: job.id, path, image: picture.image });
  }
  if (json) terminal.json({ type: "job", job: job.latest });
  return exitCodes.ok;
}
