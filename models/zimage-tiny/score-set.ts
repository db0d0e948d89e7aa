// Loaded by the benchmark of small models. Fetches the images if they are not yet in the cache.
import { loadObjects, ObjectImages } from "./dataset/objects.ts";
import { chooseObjects, dataOptions } from "./dataset/training-data.ts";
import flow from "./flow.json" with { type: "json" };
import { makeScoreSet } from "./make-score-set.ts";

const all = await loadObjects();
const trained = chooseObjects(all, dataOptions.parse(flow.data.options).objects);
const objects = [...trained, ...all.filter((object) => !trained.includes(object))];

export const scoreSet = makeScoreSet(objects, await ObjectImages.open(objects), trained.length);
