// Makes objects.json from the two packages: npx node models/zimage-tiny/dataset/choose-objects.ts [--least-distance
// 8.5]
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { closestPairs, dropNearDuplicates } from "./closest-pairs.ts";
import { fetchSource, imageSource, nameSource } from "./fetch-sources.ts";
import { emojiData, joinObjects, keepDistinctTags } from "./join-objects.ts";
import { labThumbnail } from "./lab-thumbnail.ts";
import { hexcodeOfPath, ObjectImages } from "./objects.ts";
import { imageSide } from "./render-object.ts";

const { values } = parseArgs({ options: { "least-distance": { type: "string", default: "8.5" } } });
const leastDistance = Number(values["least-distance"]);

const names = await fetchSource(nameSource);
const data = (language: string) =>
  emojiData.parse(JSON.parse(Buffer.from(names.get(`package/${language}/data.json`)!).toString("utf8")));
const imageFiles = await fetchSource(imageSource);
const all = joinObjects(data("en"), data("zh"), new Set([...imageFiles.keys()].map(hexcodeOfPath)));
const images = await ObjectImages.open(all);
const thumbnails = all.map((object) => labThumbnail(images.renderObject(object, "white"), imageSide));

const kept = dropNearDuplicates(thumbnails, leastDistance);
for (const { index, twin, distance } of kept.dropped)
  console.log(`dropped ${all[index]!.en}: ${distance.toFixed(1)} from ${all[twin]!.en}`);
const objects = keepDistinctTags(kept.indices.map((index) => all[index]!));

console.log(`\n${objects.length} of ${all.length} objects kept; the closest pairs left:`);
for (const { a, b, distance } of closestPairs(kept.indices.map((index) => thumbnails[index]!)).slice(0, 20))
  console.log(`${distance.toFixed(1)}  ${objects[a]!.en} – ${objects[b]!.en}`);

const lines = objects.map((object) => JSON.stringify(object)).join(",\n");
await writeFile(new URL("objects.json", import.meta.url), `[\n${lines}\n]\n`);
