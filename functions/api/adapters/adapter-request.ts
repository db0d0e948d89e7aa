import * as z from "zod";
import { maxUrlCharacters } from "../../../shared/limits.ts";

/** Body of `POST /v1/adapters`, where it is no form. */
export const adapterRequestSchema = z
  .strictObject({
    url: z
      .string()
      .max(maxUrlCharacters)
      .regex(/^https?:\/\//i, "must be an https address")
      .optional()
      .describe("Address of a LoRA file at one of the hubs that people share them on."),
    repository: z
      .string()
      .max(200)
      .regex(/^[\w.-]+\/[\w.-]+$/, "must be owner/name")
      .optional()
      .describe("Hugging Face repository with one LoRA file, in place of url."),
  })
  .meta({ id: "AdapterRequest" });
