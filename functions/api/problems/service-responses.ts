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
