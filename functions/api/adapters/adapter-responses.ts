import * as z from "zod";

export const adapterSchema = z
  .object({
    id: z.string().describe("What requests name it by: in loras or as controlnet.id."),
    object: z.literal("adapter"),
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
