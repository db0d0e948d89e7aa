import type { Items } from "./ports/items.ts";
import type { Objects } from "./ports/objects.ts";
import type { Queue } from "./ports/queue.ts";

/** The three ports of one deployment. */
export interface State {
  readonly items: Items;
  readonly queue: Queue;
  readonly objects: Objects;
  /** Queue of settled jobs for the webhook dispatcher; absent where the dispatcher only polls. */
  readonly notices?: Pick<Queue, "send">;
  /** Queue of the steps of runs; absent where a loop looks for runs that are due. */
  readonly runSteps?: Pick<Queue, "send">;
  close(): Promise<void>;
}
