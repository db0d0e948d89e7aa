const prompt = "a red teapot";
const native = { prompt, size: "64x64", steps: 2 };
const falBody = { prompt, image_size: { width: 64, height: 64 }, num_inference_steps: 2 };
const replicateBody = { input: { prompt, width: 64, height: 64 } };
const initialize = {
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: { name: "generate", arguments: { prompt, size: "64x64" } },
};

/** A body that the route takes, from which hostile ones are made; routes that are not here get the native one. */
const bodies: readonly (readonly [route: RegExp, body: { readonly [field: string]: unknown }])[] = [
  [/quotes$/, { jobs: [native, native] }],
  [/images\/(?:generations|edits)$/, { prompt, size: "64x64", n: 1 }],
  [/predictions/, replicateBody],
  [/fal\/(?:run|queue|proxy)/, falBody],
  [/fal\/rest/, { content_type: "image/png", file_name: "a.png" }],
  [/hf\/models/, { inputs: prompt, parameters: { width: 64, height: 64 } }],
  [/multimodal-generation/, { model: "z-image", input: { messages: [{ role: "user", content: [{ text: prompt }] }] } }],
  [/text2image/, { model: "z-image", input: { prompt }, parameters: { size: "64*64" } }],
  [/mcp$/, initialize],
  [
    /batches$/,
    { input_file_id: `file-${"0".repeat(26)}`, endpoint: "/v1/images/generations", completion_window: "24h" },
  ],
  [
    /runs$/,
    {
      source: { rows: [{ sku: "N-001", title: "red teapot" }] },
      shots: [{ id: "main", method: "draw", size: "64x64", prompt: "a {{title}}" }],
    },
  ],
  [/runs\/.*\/start$/, { accept_warnings: true }],
  [/uploads$/, { bytes: 5, filename: "a.jsonl", mime_type: "application/jsonl", purpose: "batch" }],
  [/complete$/, { part_ids: [`part_${"0".repeat(26)}`] }],
  [/txt2img$/, { prompt, width: 64, height: 64, steps: 2 }],
  [/img2img$/, { prompt, init_images: ["data:image/png;base64,AAAA"], width: 64, height: 64 }],
  [/sdapi\/v1\/options$/, { sd_model_checkpoint: "zimage-tiny" }],
  [/png-info$/, { image: "data:image/png;base64,AAAA" }],
  [/replay$/, { since: "2026-01-01T00:00:00Z" }],
  [/adapters$/, { url: "https://huggingface.co/a/b/resolve/main/c.safetensors" }],
  [/keys/, { name: "watchdog" }],
  [/credits$/, { amount: 1 }],
  [/accounts/, { name: "watchdog" }],
  [/webhook-endpoints/, { url: "https://127.0.0.1:1/hook", events: ["job.succeeded"] }],
];

export function validBody(path: string): { readonly [field: string]: unknown } {
  return bodies.find(([route]) => route.test(path))?.[1] ?? native;
}

/** What is asked in front of a route's path, where its dialect's clients do. */
export function pathTail(path: string): string {
  if (path.startsWith("/fal/run/")) return "fal-ai/z-image/turbo";
  if (path.startsWith("/fal/queue/")) return "fal-ai/z-image/turbo";
  if (path.startsWith("/fal/rest/")) return "storage/upload/initiate";
  return "x";
}
