import * as z from "zod";

/** Query parameters of every list. */
export const pageQuery = {
  limit: z
    .string()
    .regex(/^([1-9]\d?|100)$/, "must be 1 to 100")
    .optional()
    .describe("1 to 100, default 20."),
  cursor: z.string().min(1).max(2_000).optional().describe("`next_cursor` of the page before."),
};
