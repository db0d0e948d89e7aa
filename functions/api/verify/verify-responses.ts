import * as z from "zod";

export const verificationSchema = z
  .object({
    object: z.literal("verification"),
    made_here: z.boolean().describe("Whether this service made the image, as far as can be told from the file."),
    match: z
      .enum(["bytes", "signature", "look", "watermark"])
      .nullable()
      .describe(
        "What the image was recognised by: bytes, the file is what was delivered; signature, its content credentials " +
          "were signed here, and it still shows what was signed; look, it shows an image that was made here, though its " +
          "bytes are others and it carries no signature of ours; watermark, the mark in its pixels names this deployment " +
          "and one of its jobs.",
      ),
    differing_bits: z
      .int()
      .nullable()
      .describe("For match look: bits of 256 in which the perceptual hashes differ, at most 20; null otherwise."),
    unchanged: z
      .boolean()
      .nullable()
      .describe("Whether the file is as it was delivered; null where it is not known to be from here."),
    sha256: z.string().describe("SHA-256 of the file, in hexadecimal."),
    credentials: z
      .object({
        state: z
          .enum(["intact", "changed", "invalid", "none", "not_read"])
          .describe(
            "intact: the signature holds for the file as it is; changed: it holds, and the file was changed since; " +
              "invalid: it does not hold; none: there are no credentials; not_read: this deployment, or a request by " +
              "sha256, does not read them.",
          ),
        signed_here: z.boolean().describe("Whether the certificate that signed is this deployment's."),
        manifest: z.string().nullable().describe("Id of the C2PA manifest."),
        generator: z.string().nullable().describe("Program that signed, as the manifest names it."),
      })
      .describe("Content credentials (C2PA) of the file."),
    image: z
      .object({
        job: z.string().describe("Id of the job."),
        index: z
          .int()
          .nullable()
          .describe("Number of the image in its job; null where a watermark names the job of several images."),
        model: z.string(),
        created_at: z.string(),
      })
      .nullable()
      .describe("The image, if the calling key belongs to the account that made it; null for others."),
  })
  .meta({ id: "Verification" });

export type Verification = z.infer<typeof verificationSchema>;
