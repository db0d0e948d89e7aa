import * as z from "zod";

/** RFC 9457 problem details, the native API's form of every error. */
export const problemSchema = z
  .object({
    type: z.string().describe("`urn:z-image:problem:` followed by the code."),
    title: z.string(),
    status: z.int(),
    detail: z
      .string()
      .describe(
        "What was expected, what was received, and how to fix it. With Accept-Language: zh, Chinese for common codes.",
      ),
    instance: z.string().describe("Path of the request."),
    code: z.string().describe("Stable error code for programs."),
    param: z.string().optional().describe("The invalid field, as a dotted path."),
    errors: z.array(z.object({ param: z.string(), code: z.string(), message: z.string() })),
    request_id: z.string(),
    retryable: z.boolean().describe("Whether the same request may succeed later."),
  })
  .meta({
    id: "Problem",
    examples: [
      {
        type: "urn:z-image:problem:invalid_size",
        title: "Bad Request",
        status: 400,
        detail: "width must be a multiple of 16, got 1000; try 992 or 1008",
        instance: "/v1/jobs",
        code: "invalid_size",
        param: "width",
        errors: [
          {
            param: "width",
            code: "invalid_size",
            message: "width must be a multiple of 16, got 1000; try 992 or 1008",
          },
        ],
        request_id: "req_01JD0000000000000000000000",
        retryable: false,
      },
    ],
  });

export type Problem = z.infer<typeof problemSchema>;

export const modelResourceSchema = z
  .object({
    id: z.string(),
    object: z.literal("model"),
    created: z.int().describe("Seconds since the epoch."),
    owned_by: z.string(),
    name: z.string(),
    aliases: z.array(z.string()).describe("Other names accepted in requests."),
    family: z.enum(["turbo", "base"]),
    random: z.boolean().describe("True for random weights: images are noise."),
    capabilities: z.array(z.string()),
    defaults: z.object({ steps: z.int(), guidance: z.number(), width: z.int(), height: z.int() }),
    limits: z.object({
      min_side: z.int(),
      max_side: z.int(),
      multiple_of: z.int(),
      max_pixels: z.int(),
      max_aspect_ratio: z.number(),
      max_steps: z.int(),
      max_prompt_tokens: z
        .int()
        .describe("Maximum prompt length in tokens; a longer prompt is truncated with a warning."),
      max_prompt_characters: z.int(),
    }),
    license: z.string(),
    source: z.string(),
    pricing: z
      .object({
        currency: z.string(),
        effective_from: z.iso.datetime(),
        interactive: z.int(),
        interactive_decimal: z.string(),
        batch: z.int(),
        batch_decimal: z.string(),
      })
      .describe(
        "Price of a megapixel and network call in each lane, in micro-units of the currency; POST /v1/quotes " +
          "prices a whole job.",
      ),
  })
  .meta({ id: "Model" });

/** One body for the clients of several APIs: `data` for OpenAI's, `results` for Replicate's. */
export const modelListSchema = z
  .object({
    object: z.literal("list"),
    data: z.array(modelResourceSchema),
    results: z.array(z.looseObject({ owner: z.string(), name: z.string(), url: z.url() })),
    next: z.null(),
    previous: z.null(),
  })
  .meta({ id: "ModelList" });

export const healthSchema = z
  .object({
    status: z.enum(["ok", "degraded"]),
    problems: z.array(z.string()).optional().describe("With degraded: what is wrong, such as a full disk."),
  })
  .meta({ id: "Health" });

export const readinessSchema = z
  .object({
    status: z.enum(["ready", "unready"]),
    checks: z
      .record(z.string(), z.object({ ok: z.boolean(), ms: z.int() }))
      .describe("By name: items, queue and objects; disk where it is full."),
  })
  .meta({ id: "Readiness" });
