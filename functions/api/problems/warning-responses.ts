import * as z from "zod";

/** Of something that works, and probably not as the caller meant. */
export const warningSchema = z
  .object({
    code: z.string().describe("Stable code for programs; `unspecified` in jobs of earlier versions."),
    message: z.string().describe("For people; in Chinese with Accept-Language: zh."),
    param: z.string().nullable().describe("The field that it is about, as a dotted path."),
    values: z
      .record(z.string(), z.union([z.string(), z.number(), z.array(z.object({ en: z.string(), zh: z.string() }))]))
      .describe("What the message is filled with, such as `nearest` of `unknown_object`: names in both languages."),
    image: z.int().optional().describe("The image that it is about, where a job has several."),
  })
  .meta({ id: "Warning" });
