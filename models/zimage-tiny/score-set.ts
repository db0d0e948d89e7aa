// Loaded by the benchmark of small models. Fetches the pictures if they are not yet in the cache.
import { loadObjects, ObjectPictures } from "./dataset/objects.ts";
import { makeScoreSet } from "./make-score-set.ts";

const objects = await loadObjects();

export const scoreSet = makeScoreSet(objects, await ObjectPictures.open(objects), objects.length);
