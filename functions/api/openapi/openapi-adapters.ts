import { adapterRequestSchema } from "../adapters/adapter-request.ts";
import { adapterListSchema, addedAdapterSchema, deletedAdapterSchema } from "../adapters/adapter-responses.ts";
import { json, operation, pathParameter, problems } from "./openapi-parts.ts";
import { type JsonSchema, schemaRef } from "./openapi-schemas.ts";

/** LoRAs and ControlNets that requests may name. */
export function adapterPaths(): JsonSchema {
  return {
    "/v1/adapters": {
      get: {
        ...operation("listAdapters", "models", "List the LoRAs and ControlNets that requests may use."),
        description:
          "Adapters of the account and of the running workers. A file that is put into a worker's folder is " +
          "listed within seconds.",
        responses: { 200: json("All adapters.", adapterListSchema), ...problems(401, 403) },
      },
      post: {
        ...operation("addAdapter", "models", "Add a LoRA of your own. Requests use it by its id in loras."),
        description:
          "Takes the address of a file or a Hugging Face repository, or a form with a file of at most 6 MB; " +
          "larger ones by their address alone. PEFT saves how strongly a LoRA acts in adapter_config.json beside it: " +
          "send that as config; a repository has it. A file that the account has already is not stored again. Kept " +
          "until it is deleted.",
        requestBody: {
          required: true,
          content: {
            "application/json": { schema: schemaRef(adapterRequestSchema) },
            "multipart/form-data": {
              schema: {
                type: "object",
                required: ["file"],
                properties: {
                  file: { type: "string", format: "binary", description: "The LoRA, a .safetensors file." },
                  config: { type: "string", format: "binary", description: "PEFT's adapter_config.json." },
                },
              },
            },
          },
        },
        responses: { 201: json("The adapter.", addedAdapterSchema), ...problems(400, 401, 403, 409, 413, 415, 429) },
      },
    },
    "/v1/adapters/{id}": {
      delete: {
        ...operation("deleteAdapter", "models", "Delete a LoRA of your own. Jobs that wait for it fail."),
        parameters: [pathParameter("id", "The adapter's id, `lora_…`.")],
        responses: { 200: json("Deleted.", deletedAdapterSchema), ...problems(401, 403, 404) },
      },
    },
  };
}
