import * as z from "zod";

export const adapterSchema = z
  .object({
    id: z.string().describe("What requests name it by: in loras or as controlnet.id."),
    object: z.literal("adapter"),
    owner: z.enum(["service", "account"]).describe("Whose it is: of the workers' folder, or the account's own."),
    name: z.string().optional().describe("The file's name; of the account's own."),
    bytes: z.int().optional(),
    source: z.string().nullable().optional().describe("The address it was fetched from, without its query."),
    created_at: z.string().optional(),
    rank: z.int().nullable().describe("Of the low-rank matrices, where it has such."),
    base: z.string().nullable().describe("What the file says it was trained for."),
    sha256: z.string().nullable().describe("Hex SHA-256 of the file; null until it has been computed."),
    trigger_words: z.array(z.string()).describe("Words of a prompt that call what it was trained on."),
  })
  .meta({ id: "Adapter" });

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
