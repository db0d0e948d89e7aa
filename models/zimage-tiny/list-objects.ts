// Writes objects.md, what the committed model has seen: npx node models/zimage-tiny/list-objects.ts
import { writeFile } from "node:fs/promises";
import type { EmojiObject } from "./dataset/emoji-object.ts";
import { loadObjects } from "./dataset/objects.ts";
import { chooseObjects, dataOptions } from "./dataset/training-data.ts";
import flow from "./flow.json" with { type: "json" };

/** The objects that `flow.json` trains on, in its order. */
export async function trainedObjects(): Promise<readonly EmojiObject[]> {
  return chooseObjects(await loadObjects(), dataOptions.parse(flow.data.options).objects);
}

export function objectList(objects: readonly EmojiObject[]): string {
  const names = objects.map(({ en, zh }) => `${en} ${zh}`);
  return `# What zimage-tiny knows

The ${objects.length} objects of its training, by their names in English and Chinese. Written by \`npx node models/zimage-tiny/list-objects.ts\`.

${names.join(", ")}.
`;
}

if (import.meta.main) await writeFile(new URL("objects.md", import.meta.url), objectList(await trainedObjects()));
