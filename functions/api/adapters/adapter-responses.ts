import * as z from "zod";
import { warningSchema } from "../problems/warning-responses.ts";

export const adapterSchema = z
  .object({
    id: z.string().describe("Id that requests use, in loras or as controlnet.id."),
    object: z.literal("adapter"),
    owner: z
      .enum(["service", "account"])
      .describe("Owner: service for adapters in the workers' folder, account for the account's own."),
    name: z.string().optional().describe("Name of the file; only for the account's own adapters."),
    bytes: z.int().optional(),
    source: z
      .string()
      .nullable()
      .optional()
      .describe("The address it was fetched from, without its query, or what the file's metadata says."),
    license: z.string().nullable().describe("Licence named in the file's metadata."),
    revision: z.string().nullable().describe("`sha256:` and the file's; null until it has been computed."),
    created_at: z.string().optional(),
    rank: z.int().nullable().describe("Rank of the low-rank matrices, if the adapter has any."),
    base: z.string().nullable().describe("Base model named in the file's metadata."),
    sha256: z.string().nullable().describe("Hex SHA-256 of the file; null until it has been computed."),
    trigger_words: z.array(z.string()).describe("Prompt words that trigger what it was trained on."),
  })
  .meta({ id: "Adapter" });

export const addedAdapterSchema = adapterSchema
  .extend({ warnings: z.array(warningSchema).describe("What the file does not say, and what to send with it.") })
  .meta({ id: "AddedAdapter" });

export const adapterListSchema = z
  .object({
    object: z.literal("list"),
    loras: z.array(adapterSchema),
    controlnets: z.array(adapterSchema),
  })
  .meta({ id: "AdapterList" });

export const deletedAdapterSchema = z
  .object({ id: z.string(), object: z.literal("adapter"), deleted: z.literal(true) })
  .meta({ id: "DeletedAdapter" });
