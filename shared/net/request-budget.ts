import type { Clock } from "../ports/clock.ts";
import { MemoryBudget } from "../process/memory-budget.ts";
import { FetchBudget } from "./fetch-budget.ts";

/** What users' requests may occupy in one process: memory, and fetches of their addresses. One of each per process. */
export interface RequestBudget {
  readonly memory: MemoryBudget;
  readonly fetches: FetchBudget;
}

export function createRequestBudget({ clock }: { readonly clock: Pick<Clock, "sleep"> }): RequestBudget {
  return { memory: new MemoryBudget({ clock }), fetches: new FetchBudget({ clock }) };
}
