/** Pages of `docs/clients`, served under `/docs/clients/` as they are, with what each is about. */
export const clientPages = {
  "README.md": "what to change in each client, and what holds for all",
  "openai.md": "openai, LangChain, Vercel's openai and openai-compatible providers",
  "replicate.md": "replicate, Vercel's replicate provider",
  "fal.md": "@fal-ai/client, Vercel's fal provider",
  "huggingface.md": "@huggingface/inference",
  "modelscope.md": "ModelScope's asynchronous route",
  "dashscope.md": "DashScope's Z-Image route",
  "retry.md": "what each client does when a request goes wrong on its way, and how nothing is paid twice",
} as const;

/** `openai.md` → `openai.zh.md`. */
export function chinesePage(name: string): string {
  return name.replace(/\.md$/, ".zh.md");
}
