/** Pages of `docs/` that callers read, served under `/docs/` as they are, with what each is about. */
export const servedPages = {
  "pictures.md": "ways to make and edit an image, and all their fields",
  "images.md": "find, count, share and delete the images that were made",
  "prompts.md": "keep prompts with variables, and the library that comes with the program",
  "catalogue.md": "a shop's table of products in, an image of each of them out",
  "moderation.md": "prompts and images that are refused, by which rules, and how each client is told",
  "sdk.md": "the TypeScript package, the command line and the tools for agents",
  "clients/README.md": "what to change in each client, and what holds for all",
  "clients/openai.md": "openai, LangChain, Vercel's openai and openai-compatible providers",
  "clients/replicate.md": "replicate, Vercel's replicate provider",
  "clients/fal.md": "@fal-ai/client, Vercel's fal provider",
  "clients/huggingface.md": "@huggingface/inference",
  "clients/modelscope.md": "ModelScope's asynchronous route",
  "clients/dashscope.md": "DashScope's Z-Image route",
  "clients/a1111.md": "tools for AUTOMATIC1111's web UI: SillyTavern, Open WebUI, Krita",
  "clients/retry.md": "what each client does when a request goes wrong on its way, and how nothing is paid twice",
} as const;

/** Both languages of each. */
export const servedPageNames: readonly string[] = Object.keys(servedPages).flatMap((name) => [name, chinesePage(name)]);

/** `openai.md` → `openai.zh.md`. */
export function chinesePage(name: string): string {
  return name.replace(/\.md$/, ".zh.md");
}
