import { statSync } from "node:fs";
import type { AdapterDescription } from "../../shared/model-catalog/worker-models.ts";
import { describeAdapter } from "../weights/lora/describe-adapter.ts";
import { type AdapterCatalog, adapterKinds } from "./adapter-catalog.ts";

/**
 * Descriptions of adapter files, each made once. Making one reads the whole file, so they are made beside, one after
 * another.
 */
export class AdapterDescriptions {
  /** By path, size and time: a file may be replaced under its name. */
  readonly #known = new Map<string, AdapterDescription | undefined>();

  /** What is known by now. */
  of(path: string): AdapterDescription | undefined {
    const key = keyOf(path);
    return key === undefined ? undefined : this.#known.get(key);
  }

  /** Describe what is new, until `signal` aborts. */
  async refresh(catalog: AdapterCatalog, signal: AbortSignal): Promise<void> {
    for (const kind of adapterKinds) {
      for (const { path } of catalog.entries(kind)) {
        const key = keyOf(path);
        if (signal.aborted) return;
        if (key !== undefined && !this.#known.has(key)) this.#known.set(key, await describeAdapter(path));
      }
    }
  }
}

/** @returns `undefined` for what was removed meanwhile */
function keyOf(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats && `${path} ${stats.size} ${stats.mtimeMs}`;
}
