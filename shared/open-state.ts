import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { openEmbeddedItems } from "./embedded/items.ts";
import { openEmbeddedObjects } from "./embedded/objects.ts";
import { openEmbeddedQueue } from "./embedded/queue.ts";
import { environment } from "./environment.ts";
import { InvalidInputError } from "./errors.ts";
import { createLaneQueue } from "./ports/lane-queue.ts";
import type { State } from "./state.ts";
import type { StateConfig } from "./state-config.ts";

const itemsFile = "items.db";

/** Opens the drivers that the configuration names. The AWS SDK is loaded only where it is used. */
export async function openState(config: StateConfig): Promise<State> {
  const ports =
    config.kind === "embedded"
      ? await openEmbedded(config.dataDir)
      : (await import("./aws/open-aws-state.ts")).openAwsState(config);
  return {
    ...ports,
    async close() {
      await ports.queue.close();
      await ports.items.close();
      await ports.objects.close();
    },
  };
}

/**
 * The same for commands that look at a store or change it: they make none.
 * @throws InvalidInputError `store_missing` for a folder without a store
 */
export async function openExistingState(config: StateConfig): Promise<State> {
  if (config.kind === "embedded" && !existsSync(join(config.dataDir, itemsFile))) {
    const folder = resolve(config.dataDir);
    throw new InvalidInputError(
      "store_missing",
      `${folder} holds no store (${itemsFile} is not there); set ${environment.dataDir} to the folder of the ` +
        "service, or start it there first: npm start",
    );
  }
  return openState(config);
}

async function openEmbedded(dataDir: string) {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  return {
    items: openEmbeddedItems(join(dataDir, itemsFile)),
    queue: createLaneQueue({
      interactive: openEmbeddedQueue(join(dataDir, "queue.db"), "jobs"),
      batch: openEmbeddedQueue(join(dataDir, "queue.db"), "jobs-batch"),
    }),
    objects: openEmbeddedObjects(join(dataDir, "objects")),
  };
}
