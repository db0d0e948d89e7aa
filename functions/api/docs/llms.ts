import { Hono } from "hono";
import { maxImagesPerJob, maxSide, minSide, sizeMultiple } from "../../../shared/limits.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { requestOrigin } from "../http/request-links.ts";
import { chinesePage, servedPages } from "./served-pages.ts";

/** `GET /llms.txt`: what a language model needs to use this API. */
export function llmsRoute(dependencies: RouteDependencies): Hono<ApiEnv> {
  return new Hono<ApiEnv>().get("/", (c) => c.text(llmsText(requestOrigin(c, dependencies), dependencies.models)));
}

function llmsText(origin: string, models: RouteDependencies["models"]): string {
  const model = models[0]!;
  return `# Z-Image API

> Text to image with Z-Image. Prompts in English or Chinese. Every request needs the header \`Authorization: Bearer <key>\`.

Models: ${models.map(({ id }) => id).join(", ")}. Default size ${model.defaultWidth}x${model.defaultHeight}, ${model.defaultSteps} steps.
Sides are ${minSide} to ${maxSide} pixels, multiples of ${sizeMultiple}; 1 to ${maxImagesPerJob} images a job. Unknown fields are refused by name,
and an error says what was expected, what came and what to do.

## Make an image

POST ${origin}/v1/jobs with \`{"prompt": "a red teapot", "size": "${model.defaultWidth}x${model.defaultHeight}", "seed": 42}\` and the header \`Prefer: wait=60\`.
\`images[0].url\` of the response is a link that needs no header. Without \`Prefer\` it is 202; GET ${origin}/v1/jobs/{id} until
\`status\` is succeeded, failed, canceled or expired. Send an \`Idempotency-Key\` to be safe to repeat a request.

## Reference

- [OpenAPI document](${origin}/openapi.json): every field, limit and error
- [Rendered](${origin}/docs)
- [Models and what they can do](${origin}/v1/models)

## Tools for agents

MCP over streamable HTTP at ${origin}/mcp, with the same Authorization header: generate, edit, job_status. Images come as image
content and as links.

## Clients of other services

- openai: baseURL ${origin}/v1 (images.generate, files, batches, moderations, models)
- replicate: baseUrl ${origin}/v1, model prunaai/z-image-turbo
- @fal-ai/client: proxyUrl { url: "${origin}/fal/proxy", when: "always" }, fal-ai/z-image/turbo
- @huggingface/inference: endpointUrl ${origin}/hf/models/Tongyi-MAI/Z-Image-Turbo
- ModelScope: POST ${origin}/v1/images/generations with X-ModelScope-Async-Mode: true, then GET ${origin}/v1/tasks/{id}
- DashScope: POST ${origin}/api/v1/services/aigc/multimodal-generation/generation
- AUTOMATIC1111's web UI: POST ${origin}/sdapi/v1/txt2img, with the key as the password of HTTP Basic

## Pages

${Object.entries(servedPages)
  .map(([name, about]) => {
    const address = `${origin}/docs`;
    return `- [${name}](${address}/${name}) ([中文](${address}/${chinesePage(name)})): ${about}`;
  })
  .join("\n")}
`;
}
