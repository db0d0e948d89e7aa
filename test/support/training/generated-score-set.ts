import type { ScoreBackground, ScoreObject, ScoreSet } from "../../../bench/tiny/score-set.ts";
import type { RgbImage } from "../../../gpu-worker/pipeline/image.ts";
import { seededRandom } from "../seeded-random.ts";

const side = 128;
const margin = 16;
const cells = 6;

const objects: ScoreObject[] = Array.from({ length: 64 }, (_, index) => ({
  id: `thing-${index}`,
  names: { en: `thing ${index}`, zh: `东西${index}` },
}));

/** Eight colours; the first is white. */
const backgrounds: ScoreBackground[] = [
  { id: "white", rgb: [255, 255, 255] },
  { id: "black", rgb: [20, 20, 24] },
  { id: "red", rgb: [225, 55, 50] },
  { id: "blue", rgb: [50, 110, 230] },
  { id: "green", rgb: [60, 170, 80] },
  { id: "yellow", rgb: [250, 215, 70] },
  { id: "pink", rgb: [250, 165, 195] },
  { id: "purple", rgb: [150, 90, 210] },
];

/**
 * An object's image: 6×6 tiles of random colours with noise upon them, which a blurred copy lacks, on a plain
 * background.
 */
export function paint(object: ScoreObject, background: ScoreBackground): RgbImage {
  const key = `${object.id} ${background.id}`;
  const known = painted.get(key);
  if (known) return known;
  const image = paintAnew(objects.indexOf(object), background);
  painted.set(key, image);
  return image;
}

const painted = new Map<string, RgbImage>();

function paintAnew(seed: number, { rgb }: ScoreBackground): RgbImage {
  const random = seededRandom(seed);
  const tiles = Float32Array.from({ length: cells * cells * 3 }, () => 255 * random());
  const data = new Uint8Array(side * side * 3);
  const tileSide = (side - 2 * margin) / cells;
  for (let at = 0; at < data.length; at++) {
    const channel = at % 3;
    const [x, y] = [Math.floor(at / 3) % side, Math.floor(at / 3 / side)];
    const [column, row] = [Math.floor((x - margin) / tileSide), Math.floor((y - margin) / tileSide)];
    const inside = column >= 0 && column < cells && row >= 0 && row < cells;
    const value = inside ? tiles[3 * (row * cells + column) + channel]! + 120 * (random() - 0.5) : rgb[channel]!;
    data[at] = Math.max(0, Math.min(255, value));
  }
  return { data, width: side, height: side };
}

/** Which image a caption of the set below asks for. */
export function readCaption(caption: string): { object: ScoreObject; background: ScoreBackground; heldOut: boolean } {
  const object = objects.find(({ names }) => Object.values(names).some((name) => caption.endsWith(`: ${name}`)));
  const background = backgrounds.find(({ id }) => caption.includes(` on ${id}`));
  if (!object) throw new Error(`no object in ${caption}`);
  return { object, background: background ?? backgrounds[0]!, heldOut: caption.startsWith("please") };
}

/** A set without any files, for tests of the score itself. */
export const scoreSet: ScoreSet = {
  objects: objects.slice(0, 48),
  distractors: objects.slice(48),
  backgrounds,
  reference: (object) => paint(object, backgrounds[0]!),
  caption: ({ names }, language, random, background) =>
    `image ${Math.floor(10 * random())}${background ? ` on ${background.id}` : ""}: ${names[language]}`,
  heldOutCaption: ({ names }, language) => `please: ${names[language]}`,
};
