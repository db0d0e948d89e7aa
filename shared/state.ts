import type { Items } from "./ports/items.ts";
import type { Objects } from "./ports/objects.ts";
import type { Queue } from "./ports/queue.ts";

/** The three ports of one deployment. */
export interface State {
  readonly items: Items;
  readonly queue: Queue;
  readonly objects: Objects;
  /** Where the webhook dispatcher hears of settled jobs; absent where it only looks for itself. */
  readonly notices?: Pick<Queue, "send">;
  close(): Promise<void>;
}
