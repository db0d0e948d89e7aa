import { z } from "zod";
import { edgeSettings } from "./edge-settings.ts";
import { fleetSettings } from "./fleet-settings.ts";
import { modelSettings } from "./model-settings.ts";
import { operationSettings } from "./operation-settings.ts";
import { platformSettings } from "./platform-settings.ts";
import { provenanceSettings } from "./provenance-settings.ts";
import { type Setting, setting } from "./setting.ts";

/**
 * Every setting of a deployment by its context key (`-c key=value`); `npm run deploy -- --help` prints this table.
 * Values are read by `readConfig` alone.
 */
export const settings = {
  environment: setting(
    z.string().regex(/^[a-z][a-z0-9-]{0,19}$/),
    "dev",
    "name of this deployment; part of the stack's name, and key into `environments` of cdk.json",
    "several may live in one account without knowing each other",
  ),
  ...fleetSettings,
  ...modelSettings,
  ...edgeSettings,
  ...operationSettings,
  ...provenanceSettings,
  ...platformSettings,
} satisfies { readonly [key: string]: Setting<never> | Setting<unknown> };

type Settings = typeof settings;
export type StackConfig = { readonly [K in keyof Settings]: Settings[K] extends Setting<infer T> ? T : never };

/** The table of settings as text for a terminal. */
export function settingsHelp(): string {
  return Object.entries(settings)
    .map(([key, { default: fallback, means, because }]) => {
      const value = Array.isArray(fallback) ? fallback.join(",") : String(fallback);
      return `  ${key} (default ${value === "" ? "none" : value})\n      ${means}\n      because: ${because}`;
    })
    .join("\n");
}
