import { effectiveShots } from "../../../functions/catalogue/plan/shots.ts";
import {
  type CatalogueOrder,
  type CatalogueState,
  noCounts,
} from "../../../functions/catalogue/run/catalogue-state.ts";

/** One small image of every product, drawn from its title. */
export function sampleOrder(changes: Partial<CatalogueOrder> = {}): CatalogueOrder {
  return {
    mapping: {},
    duplicates: "refuse",
    runKey: "spring",
    shots: effectiveShots([{ id: "main", method: "draw", size: "64x64", prompt: "a {{title}}", format: "png" }]),
    naming: { pattern: "{sku}_{shot}_{n}", ascii: false },
    seeds: { kind: "per_sku" },
    redraw: "changed",
    acceptWarnings: false,
    start: true,
    ...changes,
  };
}

/** A catalogue whose file has not been read yet. */
export function sampleCatalogue(
  order: Partial<CatalogueOrder> = {},
  changes: Partial<CatalogueState> = {},
): CatalogueState {
  const cost = { quoted: 0, dearest: 0, charged: 0, currency: "USD" };
  const none = { stage: "read", products: 0, counts: noCounts, cost, outcomes: [], settled: 0 } as const;
  return { order: sampleOrder(order), ...none, ...changes };
}
