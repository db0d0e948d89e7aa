import sharp from "sharp";
import type { Engine, GenerateParams } from "../../gpu-worker/engine.ts";
import type { RgbImage } from "../../gpu-worker/pipeline/image.ts";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { quantile } from "../statistics.ts";
import { cornerColors, descriptor, psnr, rankOf } from "./image-score.ts";
import { type Language, languages, type ScoreBackground, type ScoreObject, type ScoreSet } from "./score-set.ts";

export interface ScoreOptions {
  /**
   * Images per language on white; half as many per language in held-out words, and half as many in all on backgrounds.
   */
  readonly captions: number;
  /** Decides objects, wording and noise. */
  readonly seed: number;
  /** Steps of every image; guidance is off and the shift is the model's own. @default the model's own */
  readonly steps?: number;
  /** Called after each image. */
  readonly onImage?: (done: number, total: number) => void;
}

interface Retrieval {
  readonly top1: number;
  readonly top5: number;
}

/** Rates are 0..1. */
export interface TinyScore {
  /** The same for every image. */
  readonly steps: number;
  /** Captions on white, in the words of the training. */
  readonly retrieval: Readonly<Record<Language, Retrieval>>;
  /** In words that the training never used. */
  readonly heldOut: Readonly<Record<Language, Retrieval>>;
  /** dB against the training image, of the captions on white. */
  readonly psnrMean: number;
  readonly psnrTenthPercentile: number;
  /** Images all four corners of which have the asked colour. */
  readonly backgroundRight: number;
  readonly candidates: number;
  readonly secondsPerImage: number;
  /** Images on white beside their training images, in the order drawn. */
  readonly pairs: Readonly<Record<Language, readonly ImagePair[]>>;
}

export interface ImagePair {
  readonly generated: RgbImage;
  readonly reference: RgbImage;
}

/** Pairs that are kept, for a sheet of three rows per language. */
const pairsPerLanguage = 36;

interface Question {
  readonly kind: "plain" | "heldOut" | "background";
  readonly object: ScoreObject;
  readonly language: Language;
  readonly background?: ScoreBackground;
  readonly prompt: string;
}

interface Answer extends Question {
  /** Place of the asked object among all candidates, 0 the nearest. */
  readonly rank: number;
  readonly psnr: number;
  readonly backgroundRight: boolean;
}

/**
 * Ask for images and compare each, as a 16×16 Lab image, with the training images on white of every object there is.
 * @throws PipelineError of the engine
 */
export async function scoreModel(engine: Engine, set: ScoreSet, options: ScoreOptions): Promise<TinyScore> {
  const all = [...set.objects, ...(set.distractors ?? [])];
  const candidates: Float32Array[] = [];
  for (const object of all) candidates.push(descriptor(await set.reference(object)));
  const indexOf = new Map(all.map(({ id }, index) => [id, index]));
  if (indexOf.size !== all.length) throw new Error("the ids of a score set's objects must differ");

  const { steps = engine.model.defaultSteps } = options;
  const asked = questions(set, options);
  const answers: Answer[] = [];
  const pairs: Record<Language, ImagePair[]> = { en: [], zh: [] };
  const seconds: number[] = [];
  for (const [index, question] of asked.entries()) {
    const reference = await set.reference(question.object);
    const start = performance.now();
    const generated = await draw(engine, question.prompt, reference, { steps, seed: options.seed + index });
    seconds.push((performance.now() - start) / 1000);
    const kept = pairs[question.language];
    if (question.kind === "plain" && kept.length < pairsPerLanguage) kept.push({ generated, reference });
    const colors = set.backgrounds.map(({ rgb }) => rgb);
    const corners = cornerColors(generated, colors).map((color) => set.backgrounds[color]?.id);
    answers.push({
      ...question,
      rank: rankOf(descriptor(generated), indexOf.get(question.object.id)!, candidates),
      psnr: psnr(generated, reference),
      backgroundRight: corners.every((id) => id === question.background?.id),
    });
    options.onImage?.(index + 1, asked.length);
  }
  const of = (kind: Question["kind"], language?: Language) =>
    answers.filter((answer) => answer.kind === kind && (language === undefined || answer.language === language));
  const retrieval = (kind: Question["kind"]) => ({ en: retrievalOf(of(kind, "en")), zh: retrievalOf(of(kind, "zh")) });
  const psnrs = of("plain").map((answer) => answer.psnr);
  return {
    steps,
    retrieval: retrieval("plain"),
    heldOut: retrieval("heldOut"),
    psnrMean: psnrs.reduce((sum, value) => sum + value, 0) / psnrs.length,
    psnrTenthPercentile: quantile(psnrs, 0.1),
    backgroundRight: share(of("background"), ({ backgroundRight }) => backgroundRight),
    candidates: candidates.length,
    secondsPerImage: quantile(seconds, 0.5),
    pairs,
  };
}

function questions(set: ScoreSet, { captions, seed }: ScoreOptions): Question[] {
  const random = seededRandom(seed);
  const half = Math.ceil(captions / 2);
  const list: Question[] = [];
  for (const language of languages) {
    for (const object of take(set.objects, captions, random)) {
      list.push({ kind: "plain", object, language, prompt: set.caption(object, language, random) });
    }
  }
  for (const language of languages) {
    for (const object of take(set.objects, half, random)) {
      list.push({ kind: "heldOut", object, language, prompt: set.heldOutCaption(object, language, random) });
    }
  }
  for (const [index, object] of take(set.objects, half, random).entries()) {
    const background = set.backgrounds[index % set.backgrounds.length]!;
    // Every colour in both languages, also where there are as many colours as languages or a multiple.
    const language = languages[Math.floor(index / set.backgrounds.length) % languages.length]!;
    const prompt = set.caption(object, language, random, background);
    list.push({ kind: "background", object, language, background, prompt });
  }
  return list;
}

/** `count` objects in random order; none a second time before all have come. */
function take(objects: readonly ScoreObject[], count: number, random: () => number): ScoreObject[] {
  const taken: ScoreObject[] = [];
  while (taken.length < count) {
    const order = [...objects];
    for (let at = order.length - 1; at > 0; at--) {
      const other = Math.floor(random() * (at + 1));
      [order[at], order[other]] = [order[other]!, order[at]!];
    }
    taken.push(...order.slice(0, count - taken.length));
  }
  return taken;
}

async function draw(
  engine: Engine,
  prompt: string,
  { width, height }: RgbImage,
  run: { readonly steps: number; readonly seed: number },
): Promise<RgbImage> {
  for await (const event of engine.generate(scoreParams(prompt, { width, height, ...run }))) {
    if (event.type !== "image") continue;
    const data = await sharp(event.image.bytes).removeAlpha().toColourspace("srgb").raw().toBuffer();
    return { data, width: event.image.width, height: event.image.height };
  }
  throw new Error("the engine ended without an image");
}

/** The parameters that every scored image is drawn with. */
export function scoreParams(
  prompt: string,
  size: { readonly width: number; readonly height: number; readonly steps: number; readonly seed: number },
): GenerateParams {
  return {
    prompt,
    ...size,
    guidance: 0,
    cfgNormalization: false,
    cfgTruncation: 1,
    format: "png",
    preview: false,
  };
}

function retrievalOf(answers: readonly Answer[]): Retrieval {
  return { top1: share(answers, ({ rank }) => rank < 1), top5: share(answers, ({ rank }) => rank < 5) };
}

function share(answers: readonly Answer[], holds: (answer: Answer) => boolean): number {
  return answers.filter(holds).length / answers.length;
}
