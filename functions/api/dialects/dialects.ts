import { a1111Dialect } from "./a1111/a1111-dialect.ts";
import { dashscopeDialect } from "./dashscope/dashscope-dialect.ts";
import type { Dialect } from "./dialect.ts";
import { falDialect } from "./fal/fal-dialect.ts";
import { huggingfaceDialect } from "./huggingface/huggingface-dialect.ts";
import { mcpDialect } from "./mcp/mcp-dialect.ts";
import { modelscopeDialect } from "./modelscope/modelscope-dialect.ts";
import { openaiDialect } from "./openai/openai-dialect.ts";
import { replicateDialect } from "./replicate/replicate-dialect.ts";

/** Every foreign API that is served. Where two own a path, the first one's routes and errors apply. */
export const dialects: readonly Dialect[] = [
  falDialect,
  huggingfaceDialect,
  dashscopeDialect,
  modelscopeDialect,
  replicateDialect,
  openaiDialect,
  a1111Dialect,
  mcpDialect,
];
