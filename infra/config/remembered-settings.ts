import { z } from "zod";
import { PipelineError } from "../../shared/errors.ts";
import { type StackConfig, settings } from "./settings.ts";

/** Settings as text by their keys: those that differ from the defaults. */
export type RememberedSettings = { readonly [key: string]: string };

/** Name of the SSM parameter in which a deployment keeps its settings. */
export const settingsParameterName = (environment: string): string => `/z-image/${environment}/settings`;

/** The settings of a deployment that differ from the defaults, each as `-c` takes it. */
export function settingsToRemember(config: StackConfig): RememberedSettings {
  const entries = Object.entries(settings).flatMap(([key, { default: fallback }]) => {
    const value = asText(config[key as keyof StackConfig]);
    return key === "environment" || value === asText(fallback) ? [] : [[key, value]];
  });
  return Object.fromEntries(entries);
}

const asText = (value: unknown): string => (Array.isArray(value) ? value.join(",") : String(value));

const stored = z.record(z.string(), z.string());

/**
 * Reads what `settingsToRemember` wrote. Keys that are no settings any more are left out.
 * @throws PipelineError `bad_option` when it is something else
 */
export function parseRememberedSettings(text: string): RememberedSettings {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  const parsed = stored.safeParse(json);
  if (!parsed.success) {
    const start = JSON.stringify(text.slice(0, 100));
    throw new PipelineError(
      "bad_option",
      `expected the settings of a deployment as a JSON object of texts, got ${start}`,
    );
  }
  return Object.fromEntries(Object.entries(parsed.data).filter(([key]) => Object.hasOwn(settings, key)));
}

/** A setting that the deployment at hand would change; texts are empty for a default that is empty. */
export interface SettingChange {
  readonly key: string;
  readonly from: string;
  readonly to: string;
}

/** What changes from one deployment's settings to another's, in the order of the table of settings. */
export function settingChanges(before: RememberedSettings, after: RememberedSettings): SettingChange[] {
  return Object.entries(settings).flatMap(([key, { default: fallback }]) => {
    const [from, to] = [before, after].map((one) => one[key] ?? asText(fallback)) as [string, string];
    return from === to ? [] : [{ key, from, to }];
  });
}

/** The changes as lines for a terminal, with what the grave ones mean. */
export function describeChanges(changes: readonly SettingChange[]): string[] {
  const show = (text: string) => (text === "" ? "none" : text);
  return changes.flatMap(({ key, from, to }) => {
    const meaning = meanings[key]?.(from, to);
    return [`  ${key}: ${show(from)} → ${show(to)}`, ...(meaning === undefined ? [] : [`      ${meaning}`])];
  });
}

/** Changes that do more than their key says. */
const meanings: { readonly [key: string]: (from: string, to: string) => string | undefined } = {
  workerImage: (_from, to) => (to === "" ? "all workers stop, and jobs wait" : undefined),
  retainData: (_from, to) =>
    to === "false" ? "table and buckets will be deleted with the stack, and with what replaces them" : undefined,
  tableName: (_from, to) =>
    to === ""
      ? "the stack makes a table of its own, which is empty"
      : "jobs, accounts and keys are those of this table",
  kmsKey: () => "objects that are stored already stay under the key they have",
  vpcId: () => "workers move to another network: machines are replaced",
  network: () => "workers move to another network: machines are replaced",
};
