import * as z from "zod";
import { type Job, terminalStatuses } from "../../../../shared/job.ts";
import { maxWaitS } from "../../../../shared/limits.ts";
import { parseFields } from "../../../../shared/request/field-errors.ts";
import { imageFormats, imageRequestSchema } from "../../../../shared/request/image-request.ts";
import { parseImageRequest } from "../../../../shared/request/parse-image-request.ts";
import { assertScope } from "../../access/authenticate.ts";
import type { RouteDependencies } from "../../dependencies.ts";
import { requestLinks } from "../../http/request-links.ts";
import { followJob } from "../../jobs/follow-job.ts";
import { forgetDelivered } from "../../jobs/forget-delivered.ts";
import { ownJob } from "../../jobs/own-job.ts";
import { submitOrReattach } from "../../submission/submit-or-reattach.ts";
import { errorCodes, JsonRpcError } from "./json-rpc.ts";
import { plainSchema } from "./plain-schema.ts";
import type { Tool, ToolCall } from "./tool.ts";
import { jobResult, type ToolResult } from "./tool-result.ts";

/** Less than the minute that clients allow a response to take. */
const defaultWaitS = 45;

const wait = z.int().min(0).max(maxWaitS).optional();
const waitHint = `Seconds to wait for the images, at most ${maxWaitS}. After that the result says how to continue.`;

/**
 * Fields of the native request, but those that other fields here stand for and those that only a program has a use for.
 */
const { image, strength, mask, mask_mode, mask_blend, product, crop, references, ...shape } = imageRequestSchema.omit({
  width: true,
  height: true,
  output: true,
  response: true,
  webhook: true,
  deadline_s: true,
  latents: true,
}).shape;
const drawing = {
  ...shape,
  format: z.enum(imageFormats).optional().describe("Default jpeg, which is small enough to be included in the result."),
  wait_s: wait.describe(`${waitHint} Default ${defaultWaitS}.`),
};

const generateSchema = z.strictObject(drawing);

const editSchema = z.strictObject({
  ...drawing,
  image: image.unwrap().describe(`${image.description} The links of earlier images are addresses too.`),
  strength,
  mask,
  mask_mode,
  mask_blend,
  product,
  crop,
  references,
});

const statusSchema = z.strictObject({
  job_id: z.string().max(200).describe("Job id from an earlier result."),
  wait_s: wait.describe(`${waitHint} Default 0.`),
  images: z.boolean().optional().describe("Include the images in the result, beside their links. Default true."),
  pictures: z.boolean().optional().describe("Former name of images."),
});

const tools: readonly Tool[] = [
  {
    name: "generate",
    title: "Generate images",
    description:
      "Generate images from a prompt in English or Chinese. Returns links, and the images themselves when they " +
      "are small. Charged like any other job.",
    schema: generateSchema,
    readOnly: false,
    run: (call, dependencies) => draw("generate", generateSchema, call, dependencies),
  },
  {
    name: "edit",
    title: "Edit an image",
    description:
      "Generate a new image from an existing one: from all of it, or only where a mask marks it. strength sets " +
      "how far to depart from it. Charged like any other job.",
    schema: editSchema,
    readOnly: false,
    run: (call, dependencies) => draw("edit", editSchema, call, dependencies),
  },
  {
    name: "job_status",
    title: "Get a job",
    description:
      "Status of a job created by generate, edit or any other API of this server, with its images once it has " +
      "succeeded.",
    schema: statusSchema,
    readOnly: true,
    run: async (call, dependencies) => {
      const {
        job_id: id,
        wait_s: waitS = 0,
        pictures = true,
        images = pictures,
      } = parseFields(statusSchema, call.arguments);
      const found = await ownJob(id, call.c.get("identity"), dependencies);
      const job = await waitFor(found, waitS, call, dependencies);
      return resultOf(job, call, images, dependencies);
    },
  },
];

/** The schemas of runs are much to read at a start, and most agents draw single images. */
async function allTools(): Promise<readonly Tool[]> {
  return [...tools, ...(await import("./run-tools.ts")).runTools];
}

/** Response to `tools/list`. */
export async function describeTools() {
  return (await allTools()).map(({ name, title, description, schema, readOnly }) => {
    const inputSchema = plainSchema({ ...z.toJSONSchema(schema, { io: "input" }) });
    const annotations = { title, readOnlyHint: readOnly, destructiveHint: false, openWorldHint: false };
    return { name, title, description, inputSchema, annotations };
  });
}

/**
 * @throws JsonRpcError for a tool that does not exist; all else that a caller can cause is of the PipelineError family,
 * and a result for the agent to read
 */
export async function callTool(name: unknown, call: ToolCall, dependencies: RouteDependencies): Promise<ToolResult> {
  const all = await allTools();
  const tool = all.find((each) => each.name === name);
  if (tool === undefined) {
    const known = all.map((each) => each.name).join(", ");
    throw new JsonRpcError(
      errorCodes.invalidParams,
      `there is no tool ${JSON.stringify(name)?.slice(0, 60)}; there are ${known}`,
    );
  }
  return tool.run(call, dependencies);
}

async function draw(
  tool: string,
  schema: z.ZodType<z.infer<typeof generateSchema>>,
  call: ToolCall,
  dependencies: RouteDependencies,
): Promise<ToolResult> {
  const { submitted, waitS } = await submit(tool, schema, call, dependencies);
  await call.onJob(submitted.id);
  const job = await waitFor(submitted, waitS, call, dependencies);
  return resultOf(job, call, true, dependencies);
}

/** Of a job with `store: false` the images that are in the result go with it, the others once their link is opened. */
async function resultOf(
  job: Job,
  { c }: ToolCall,
  showImages: boolean,
  dependencies: RouteDependencies,
): Promise<ToolResult> {
  const options = { link: requestLinks(c, dependencies), objects: dependencies.objects, showImages };
  const { shown, ...result } = await jobResult(job, options);
  for (const index of shown) await forgetDelivered(job, dependencies, index);
  return result;
}

/** On its own, so that nothing holds the images of the request while the call waits. */
async function submit(
  tool: string,
  schema: z.ZodType<z.infer<typeof generateSchema>>,
  call: ToolCall,
  dependencies: RouteDependencies,
): Promise<{ readonly submitted: Job; readonly waitS: number }> {
  const { format = "jpeg", wait_s: waitS = defaultWaitS, ...fields } = parseFields(schema, call.arguments);
  assertScope(call.c.get("identity"), "jobs:write");
  const submission = parseImageRequest({ ...fields, output: { format } }, dependencies);
  // An agent whose connection broke asks again with the same words: it is given the same job.
  const request = { body: { tool, format, fields }, submission, waitMs: waitS * 1_000, watched: call.steps };
  return { submitted: await submitOrReattach(call.c, request, dependencies), waitS };
}

/** The job once it is over, or as it is after `waitS`. */
async function waitFor(
  job: Job,
  waitS: number,
  { onEvent, steps, signal }: ToolCall,
  dependencies: RouteDependencies,
): Promise<Job> {
  const { jobs, clock } = dependencies;
  const until = clock.now() + waitS * 1_000;
  if (waitS > 0 && !terminalStatuses.has(job.status)) {
    for await (const event of followJob(job.id, dependencies, { steps, afterSeq: 0, signal })) {
      await onEvent(event, job);
      if (clock.now() >= until) break;
    }
  }
  return (await jobs.get(job.id)) ?? job;
}
