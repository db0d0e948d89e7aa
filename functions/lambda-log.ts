import type { Json } from "../shared/ports/items.ts";

/** One JSON line per event on standard output, where Lambda's log group takes it. Never keys, prompts or bodies. */
export function lambdaLog(message: string, fields: { readonly [name: string]: Json | undefined } = {}): void {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), message, ...fields })}\n`);
}
