import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { openEmbeddedItems } from "./embedded/items.ts";
import { openEmbeddedObjects } from "./embedded/objects.ts";
import { openEmbeddedQueue } from "./embedded/queue.ts";
import { createLaneQueue } from "./ports/lane-queue.ts";
import type { State } from "./state.ts";
import type { StateConfig } from "./state-config.ts";

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

async function openEmbedded(dataDir: string) {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  return {
    items: openEmbeddedItems(join(dataDir, "items.db")),
    queue: createLaneQueue({
      interactive: openEmbeddedQueue(join(dataDir, "queue.db"), "jobs"),
      batch: openEmbeddedQueue(join(dataDir, "queue.db"), "jobs-batch"),
    }),
    objects: openEmbeddedObjects(join(dataDir, "objects")),
  };
}
