import * as z from "zod";

const errorValues = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.number()]))]),
);

/** RFC 9457 problem details, the native API's form of every error. */
export const problemSchema = z
  .object({
    type: z.string().describe("`urn:z-image:problem:` followed by the code."),
    title: z.string(),
    status: z.int(),
    detail: z
      .string()
      .describe("What was expected, what was received, and how to fix it. In Chinese with Accept-Language: zh."),
    instance: z.string().describe("Path of the request."),
    code: z.string().describe("Stable error code for programs."),
    param: z.string().optional().describe("The invalid field, as a dotted path."),
    values: errorValues.describe("The numbers and names in detail, such as `needed` and `available` of a balance."),
    errors: z
      .array(z.object({ param: z.string(), code: z.string(), message: z.string(), values: errorValues }))
      .describe("Each field that is wrong."),
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
        values: { multiple_of: 16, received: 1000, suggested: [992, 1008] },
        errors: [
          {
            param: "width",
            code: "invalid_size",
            message: "width must be a multiple of 16, got 1000; try 992 or 1008",
            values: { multiple_of: 16, received: 1000, suggested: [992, 1008] },
          },
        ],
        request_id: "req_01JD0000000000000000000000",
        retryable: false,
      },
    ],
  });

export type Problem = z.infer<typeof problemSchema>;

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
