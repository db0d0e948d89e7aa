import * as z from "zod";
import { InvalidInputError } from "../../../shared/errors.ts";
import { maxMetadataKeyCharacters, maxMetadataValueCharacters } from "../../../shared/limits.ts";
import { describeValue } from "../../../shared/request/explain/describe-value.ts";

/** Query parameters of every list. */
export const pageQuery = {
  limit: z
    .string()
    .regex(/^([1-9]\d?|100)$/, "must be 1 to 100")
    .optional()
    .describe("1 to 100, default 20."),
  cursor: z.string().min(1).max(2_000).optional().describe("`next_cursor` of the page before."),
};

/** Query parameter of the lists that are filtered by labels. */
export const metadataQuery = z
  .record(z.string().min(1).max(maxMetadataKeyCharacters), z.string().max(maxMetadataValueCharacters))
  .optional()
  .describe("`metadata[key]=value`; all given pairs must match.");

/**
 * `limit` of the lists of APIs whose clients ask for more than a page has: they are given the page.
 * @param most - of a page, here @param usual - where the client does not say
 * @throws InvalidInputError `invalid_value` for what is no number of at least 1
 */
export function pageLimit(
  text: string | undefined,
  { most, usual }: { readonly most: number; readonly usual: number },
): number {
  if (text === undefined) return usual;
  if (!/^0*[1-9]\d{0,8}$/.test(text)) {
    const message = `limit must be a whole number of at least 1, got ${describeValue(text)}; a page has up to ${most}`;
    throw new InvalidInputError("invalid_value", message, { param: "limit" });
  }
  return Math.min(most, Number(text));
}
