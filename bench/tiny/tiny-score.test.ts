import { describe, expect, it } from "vitest";
import { encodePng } from "../../gpu-worker/engine/images/encode-png.ts";
import type { Engine, EngineEvent, GenerateParams } from "../../gpu-worker/engine.ts";
import type { RgbImage } from "../../gpu-worker/pipeline/image.ts";
import { fakeModel } from "../../test/support/engine/fake-engine.ts";
import { paint, readCaption, scoreSet } from "../../test/support/training/generated-score-set.ts";
import type { Figure } from "../report.ts";
import type { ScoreObject } from "./score-set.ts";
import { reportScore } from "./tiny.ts";
import { gates } from "./tiny-gates.ts";
import { scoreModel } from "./tiny-score.ts";
import { contactSheet } from "./tiny-sheet.ts";

type Asked = ReturnType<typeof readCaption>;

const files = new Map<RgbImage, Uint8Array>();

/** An engine that answers every caption with a known image. */
function modelThat(draw: (asked: Asked) => RgbImage): Engine & { readonly seen: GenerateParams[] } {
  const seen: GenerateParams[] = [];
  return {
    model: fakeModel,
    seen,
    async *generate(params): AsyncGenerator<EngineEvent, void> {
      seen.push(params);
      const { format, width, height, seed } = params;
      const image = draw(readCaption(params.prompt));
      const bytes = files.get(image) ?? (await encodePng(image));
      files.set(image, bytes);
      const timings = { encodeMs: 0, denoiseMs: 0, decodeMs: 0, imageMs: 0 };
      yield { type: "image", image: { bytes, format, width, height, seed, timings } };
    },
    async close() {},
  };
}

const perfect = ({ object, background }: Asked) => paint(object, background);
const other = (object: ScoreObject, by: number) => {
  const { objects } = scoreSet;
  return objects[(objects.indexOf(object) + by) % objects.length]!;
};

/** Squares of 8 pixels, each in its mean colour: all that retrieval looks at is there, and no detail. */
function blobs(asked: Asked): RgbImage {
  const { data, width, height } = perfect(asked);
  const squareOf = (at: number) => {
    const [channel, x, y] = [at % 3, Math.floor(at / 3) % width, Math.floor(at / 3 / width)];
    return 3 * (Math.floor(y / 8) * (width / 8) + Math.floor(x / 8)) + channel;
  };
  const sums = new Float64Array(data.length / 64);
  data.forEach((value, at) => {
    sums[squareOf(at)]! += value;
  });
  return { data: data.map((_, at) => sums[squareOf(at)]! / 64), width, height };
}

const options = { captions: 32, seed: 1 };
const failing = (score: Parameters<typeof gates>[0]) =>
  gates(score)
    .filter(({ passed }) => !passed)
    .map(({ what }) => what);

it("gives a perfect model full marks, and asks as it says it does", async () => {
  const engine = modelThat(perfect);
  const progress: string[] = [];
  const score = await scoreModel(engine, scoreSet, {
    ...options,
    onImage: (done, total) => progress.push(`${done}/${total}`),
  });
  expect(score).toMatchObject({
    retrieval: { en: { top1: 1, top5: 1 }, zh: { top1: 1, top5: 1 } },
    heldOut: { en: { top1: 1, top5: 1 }, zh: { top1: 1, top5: 1 } },
    backgroundRight: 1,
    candidates: 64,
  });
  expect(score.psnrMean).toBeGreaterThan(58);
  expect(failing(score)).toEqual([]);

  const { seen } = engine;
  expect(seen).toHaveLength(32 + 32 + 16 + 16 + 16);
  expect([progress[0], progress.at(-1)]).toEqual(["1/112", "112/112"]);
  expect(new Set(seen.map(({ seed }) => seed)).size).toBe(112);
  expect(seen[0]).toMatchObject({ width: 128, height: 128, steps: 8, guidance: 0, format: "png" });
  // No object twice before all have come.
  expect(new Set(seen.slice(0, 32).map(({ prompt }) => readCaption(prompt).object.id)).size).toBe(32);
  expect(seen.slice(0, 32).every(({ prompt }) => prompt.includes("thing"))).toBe(true);
  expect(seen.slice(32, 64).every(({ prompt }) => prompt.includes("东西"))).toBe(true);
  expect(seen.slice(64, 96).every(({ prompt }) => readCaption(prompt).heldOut)).toBe(true);
  const colored = seen.slice(96).map(({ prompt }) => readCaption(prompt).background.id);
  expect(new Set(colored).size).toBe(8);
});

it("asks the same again with the same seed, and other things with another", async () => {
  const promptsOf = async (seed: number) => {
    const engine = modelThat(perfect);
    await scoreModel(engine, scoreSet, { captions: 4, seed });
    return engine.seen.map(({ prompt, seed }) => `${prompt} ${seed}`);
  };
  expect(await promptsOf(3)).toEqual(await promptsOf(3));
  expect(await promptsOf(3)).not.toEqual(await promptsOf(4));
});

describe("a model with a fault", () => {
  it("that draws the wrong object finds nothing", async () => {
    const score = await scoreModel(
      modelThat(({ object, background }) => paint(other(object, 7), background)),
      scoreSet,
      options,
    );
    expect(score.retrieval.en.top1 + score.retrieval.zh.top1).toBe(0);
    expect(score.retrieval.en.top5).toBeLessThan(0.3); // by chance 5 of 64
    expect(score.backgroundRight).toBe(1);
    expect(failing(score)).toEqual(["top-1, English", "top-1, Chinese", "PSNR, mean", "top-1, held-out words"]);
  });

  it("that draws blobs passes at retrieval and fails at PSNR", async () => {
    const score = await scoreModel(modelThat(blobs), scoreSet, options);
    expect(score.retrieval).toEqual({ en: { top1: 1, top5: 1 }, zh: { top1: 1, top5: 1 } });
    expect(score.psnrMean).toBeLessThan(22);
    expect(score.psnrTenthPercentile).toBeLessThan(score.psnrMean);
    expect(failing(score)).toEqual(["PSNR, mean"]);
  });

  it("that knows only the words of its training fails at others alone", async () => {
    const score = await scoreModel(
      modelThat(({ object, background, heldOut }) => paint(heldOut ? other(object, 3) : object, background)),
      scoreSet,
      options,
    );
    expect(score.heldOut.en.top1).toBe(0);
    expect(failing(score)).toEqual(["top-1, held-out words"]);
  });

  it("that leaves one corner white has no background right but white", async () => {
    const oneCorner = (asked: Asked) => {
      const { data, width, height } = perfect(asked);
      const marked = data.slice();
      for (let y = 0; y < 4; y++) marked.fill(255, 3 * y * width, 3 * (y * width + 4));
      return { data: marked, width, height };
    };
    const score = await scoreModel(modelThat(oneCorner), scoreSet, options);
    expect(score.backgroundRight).toBe(2 / 16);
  });

  it("that always draws on white has one background of eight right", async () => {
    const score = await scoreModel(
      modelThat(({ object }) => scoreSet.reference(object) as RgbImage),
      scoreSet,
      options,
    );
    expect(score.backgroundRight).toBe(2 / 16);
    expect(failing(score)).toEqual(["background right"]);
  });
});

it("reports every figure, and a line per gate that says whether it is passed", async () => {
  const score = await scoreModel(modelThat(blobs), scoreSet, { captions: 4, seed: 1 });
  const figures: Figure[] = [];
  expect(reportScore((figure) => figures.push(figure), score, { captions: 4 })).toBe(false);
  expect(figures.map(({ what }) => what)).toEqual([
    "top-1, en",
    "top-5, en",
    "top-1, zh",
    "top-5, zh",
    "top-1, held-out words, en",
    "top-1, held-out words, zh",
    "PSNR, mean",
    "PSNR, 10th percentile",
    "background right",
    "seconds per image",
    "gate pass: top-1, English",
    "gate pass: top-1, Chinese",
    "gate FAIL: PSNR, mean",
    "gate pass: top-1, held-out words",
    "gate pass: background right",
  ]);
  expect(figures.find(({ what }) => what.startsWith("gate FAIL"))?.detail).toBe("at least 25");
});

it("lays out a sheet in which rows of generated and training images alternate", async () => {
  const { pairs } = await scoreModel(modelThat(blobs), scoreSet, { captions: 14, seed: 1 });
  const sheet = contactSheet([pairs.en, pairs.zh]);
  // 14 pairs take a row of 12 and one of 2, each twice, for each language.
  expect([sheet.width, sheet.height]).toEqual([12 * 130 + 2, 8 * 130 + 2]);
  const pixelAt = (column: number, row: number) => {
    const at = ((2 + row * 130 + 40) * sheet.width + 2 + column * 130 + 50) * 3;
    return [...sheet.data.slice(at, at + 3)];
  };
  const pixelOf = ({ data, width }: RgbImage) => [...data.slice((40 * width + 50) * 3, (40 * width + 50) * 3 + 3)];
  expect(pixelAt(0, 0)).toEqual(pixelOf(pairs.en[0]!.generated));
  expect(pixelAt(11, 1)).toEqual(pixelOf(pairs.en[11]!.reference));
  expect(pixelAt(1, 2)).toEqual(pixelOf(pairs.en[13]!.generated));
  expect(pixelAt(0, 5)).toEqual(pixelOf(pairs.zh[0]!.reference));
  expect(pixelAt(2, 2)).toEqual([200, 200, 200]);
  expect(() => contactSheet([[]])).toThrow("no images");
});
