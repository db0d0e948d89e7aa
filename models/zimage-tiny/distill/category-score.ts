import { nearestLatents } from "./category-latents.ts";
import { rewardOf } from "./reward.ts";

/** 0..1, but for `mse`. */
export interface CategoryScore {
  /** Images that are sharp, nearer than `sharpDistance` to an object, and of the category that was asked for. */
  readonly sharp: number;
  /** Images whose nearest object is of the category. */
  readonly right: number;
  /** Mean square distance to the nearest object; the variance of latents is about 0.44. */
  readonly mse: number;
  /**
   * Effective number of objects drawn, exp of the entropy of their shares, over the number there is. One object per
   * category: 0.25.
   */
  readonly coverage: number;
  /** Mean of `reward.ts`. */
  readonly reward: number;
}

const sharpDistance = 0.06;

/** @param latents - of the objects of each category */
export function scoreCategories(
  drawn: readonly { readonly category: number; readonly latents: Float32Array }[],
  latents: readonly (readonly Float32Array[])[],
): CategoryScore {
  const all = latents.flat();
  const categoryOf = latents.flatMap((own, category) => own.map(() => category));
  const nearest = drawn.map((image) => ({ ...image, ...nearestLatents(image.latents, all) }));
  const share = (holds: (image: (typeof nearest)[number]) => boolean) => nearest.filter(holds).length / nearest.length;
  const isRight = ({ category, index }: (typeof nearest)[number]) => categoryOf[index] === category;
  const counts = [...Map.groupBy(nearest, ({ index }) => index).values()].map(({ length }) => length / nearest.length);
  const entropy = -counts.reduce((sum, part) => sum + part * Math.log(part), 0);
  const mean = (of: (image: (typeof nearest)[number]) => number) =>
    nearest.reduce((sum, image) => sum + of(image), 0) / nearest.length;
  return {
    sharp: share((image) => isRight(image) && image.distance < sharpDistance),
    right: share(isRight),
    mse: mean(({ distance }) => distance),
    coverage: Math.exp(entropy) / all.length,
    reward: mean((image) => rewardOf(image.latents, latents[image.category]!)),
  };
}

export interface Gate {
  readonly what: string;
  readonly passed: boolean;
}

/** What the demonstration is to show. @param of - the score of a contestant by its name in `score.ts` */
export function gates(of: (name: string) => CategoryScore): Gate[] {
  const [teacher, undistilled, student] = [of("teacher"), of("teacher, 4 runs"), of("student")];
  const [control, rewarded] = [of("without reward"), of("with reward")];
  const asGood = ({ right, mse }: CategoryScore) => right >= teacher.right - 0.05 && mse <= teacher.mse + 0.01;
  return [
    { what: "the student draws as well in 4 runs as the teacher in 60", passed: asGood(student) },
    { what: "the teacher itself does not", passed: !asGood(undistilled) && undistilled.sharp < teacher.sharp / 2 },
    { what: "the student keeps half of the teacher's coverage", passed: student.coverage >= teacher.coverage / 2 },
    {
      what: "the reward rises by 0.03 over as much distillation without",
      passed: rewarded.reward >= control.reward + 0.03,
    },
    { what: "and loses at most 0.15 of coverage to it", passed: rewarded.coverage >= control.coverage - 0.15 },
  ];
}
