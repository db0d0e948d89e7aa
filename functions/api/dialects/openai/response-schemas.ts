import * as z from "zod";

export const openaiErrorSchema = z
  .object({
    error: z.object({
      message: z.string(),
      type: z.enum(["invalid_request_error", "image_generation_user_error", "server_error"]),
      param: z.string().nullable(),
      code: z.string().nullable(),
    }),
  })
  .meta({
    id: "OpenAIError",
    examples: [
      {
        error: {
          message: "size: height must be a multiple of 16, got 1000; try 992 or 1008",
          type: "invalid_request_error",
          param: "size",
          code: "invalid_size",
        },
      },
    ],
  });

export type OpenaiErrorBody = z.infer<typeof openaiErrorSchema>;

const usageSchema = z
  .object({
    input_tokens: z.int(),
    input_tokens_details: z.object({ image_tokens: z.int(), text_tokens: z.int() }),
    output_tokens: z.int(),
    total_tokens: z.int(),
  })
  .describe(
    "output_tokens is the number of the model's image tokens, one per 16 × 16 pixels. Prompt tokens are not counted.",
  );

export const openaiImagesResponseSchema = z
  .object({
    created: z.int(),
    data: z.array(z.object({ b64_json: z.string().optional(), url: z.url().optional() })),
    size: z.string(),
    output_format: z.string(),
    quality: z.string(),
    background: z.string(),
    usage: usageSchema,
    warnings: z
      .array(z.string())
      .optional()
      .describe("Extension to OpenAI's API: warnings, such as parameters without effect."),
  })
  .meta({ id: "OpenAIImagesResponse" });

export type OpenaiImagesResponse = z.infer<typeof openaiImagesResponseSchema>;
