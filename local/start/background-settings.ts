import { z } from "zod";
import type { CatalogModel } from "../../shared/model-catalog/model-catalog.ts";
import type { PriceList } from "../../shared/money/price-list.ts";
import { childEnvironment } from "./child-environment.ts";

const settingsSchema = z.strictObject({
  dataDir: z.string().min(1),
  models: z.array(z.custom<CatalogModel>()).min(1),
  prices: z.custom<PriceList>(),
  /** Worker processes of this machine; 0: others, uncounted. */
  workers: z.int().min(0),
  /** Address that clients use, for result links in webhooks. */
  origin: z.url(),
  /** Webhooks may go to loopback addresses: no other machine can reach this service. */
  allowLoopback: z.boolean(),
  meter: z.strictObject({ url: z.url(), apiKey: z.string().min(1), eventName: z.string().min(1) }).optional(),
});

/** Settings that the background process gets from its parent. */
export type BackgroundSettings = z.infer<typeof settingsSchema>;

/** One variable, not arguments: every user of the machine can read those. */
const variable = "BACKGROUND_SETTINGS";

export function backgroundEnvironment(settings: BackgroundSettings): NodeJS.ProcessEnv {
  return {
    // This process imports catalogues: one of 146 MB takes 180 MB at the peak instead of 215 to 230, because glibc
    // keeps memory per thread.
    MALLOC_ARENA_MAX: "2",
    ...childEnvironment(),
    [variable]: JSON.stringify(settings),
  };
}

export function readBackgroundSettings(env: NodeJS.ProcessEnv): BackgroundSettings {
  return settingsSchema.parse(JSON.parse(env[variable] ?? "null"));
}
