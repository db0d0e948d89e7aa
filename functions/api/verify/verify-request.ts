import * as z from "zod";
import { maxBodyBytes } from "../../../shared/limits.ts";

/** A data URL of the largest body, or an address. */
const maxReferenceCharacters = maxBodyBytes;

export const verifyRequestSchema = z
  .strictObject({
    image: z
      .string()
      .min(1)
      .max(maxReferenceCharacters)
      .describe("The file to check: a data URL, an https address, or the id of an uploaded file."),
  })
  .meta({ id: "VerifyRequest" });

export const verifyQuerySchema = z.strictObject({
  sha256: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/, { error: "must be 64 hexadecimal digits, the SHA-256 of the file" })
    .describe("SHA-256 of the file, 64 hexadecimal digits."),
});
