import { systemClock as clock } from "../shared/ports/clock.ts";
import type { Json } from "../shared/ports/items.ts";

/** JSON lines on standard error. */
export function log(message: string, fields: { readonly [name: string]: Json | undefined } = {}): void {
  process.stderr.write(`${JSON.stringify({ time: new Date(clock.now()).toISOString(), message, ...fields })}\n`);
}
