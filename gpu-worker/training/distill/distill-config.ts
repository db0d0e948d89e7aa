import { z } from "zod";
import { matchingSchedules } from "./decoupled-dmd.ts";

/** A student of more steps gains nothing over its teacher that a smaller number would not gain too. */
const mostStudentSteps = 16;

const positive = z.int().positive();
const rate = z.number().positive();
const weight = z.number().nonnegative();

const trains = z
  .union([
    z.literal("all"),
    z.strictObject({
      rank: positive,
      alpha: z.number().positive().meta({ description: "the correction is scaled by alpha / rank" }),
      targets: z
        .array(z.string().min(1))
        .min(1)
        .default([
          "attention.to_q",
          "attention.to_k",
          "attention.to_v",
          "attention.to_out.0",
          "feed_forward.w1",
          "feed_forward.w2",
          "feed_forward.w3",
        ]),
    }),
  ])
  .default("all")
  .meta({ description: "all weights, or low-rank corrections of them" });

const fields = {
  student: z.strictObject({
    steps: positive.max(mostStudentSteps, `a student has at most ${mostStudentSteps} steps`),
    trains,
  }),
  continues: z.string().optional().meta({
    description: "output folder of another distillation of the same form, whose student and fake this one starts with",
  }),
  guidance: weight.default(1.5).meta({ description: "scale g of the teacher's guidance; 0 is none" }),
  guidanceWarmup: z.int().nonnegative().default(0).meta({ description: "steps over which the guidance rises from 0" }),
  negative: z.string().default("").meta({ description: "the caption that guidance leads away from" }),
  paths: z
    .strictObject({
      images: positive.meta({ description: "guided images that the teacher draws once, rounded up to whole batches" }),
      steps: positive.meta({ description: "of the teacher, a multiple of the student's" }),
      updates: positive.meta({
        description: "steps of regression on their paths, before the first of distribution matching",
      }),
      learningRate: rate,
    })
    .optional(),
  fake: z
    .strictObject({
      updates: positive.default(4).meta({ description: "steps of the fake score per step of the student" }),
      warmup: z.int().nonnegative().default(60).meta({ description: "more of them before the student's first" }),
      learningRate: rate.default(6e-4),
      trains,
    })
    .prefault({}),
  schedule: z.enum(matchingSchedules).default("hybrid"),
  matching: weight.default(1).meta({ description: "weight of distribution matching" }),
  augmentation: weight.default(1).meta({ description: "weight of guidance" }),
  reward: z
    .strictObject({
      module: z.string().meta({ description: "a TypeScript module, relative to this file, that opens the reward" }),
      options: z.unknown().optional(),
      weight: z.number().positive().default(5),
      noises: z.int().min(2).default(16).meta({ description: "changes that are tried on each image" }),
      size: z.number().positive().default(0.1).meta({ description: "of the changes, in deviations of latents" }),
      grid: positive.default(4).meta({ description: "cells of a change along each side: only smooth ones are felt" }),
      from: z.int().nonnegative().default(0).meta({ description: "steps of the student before the reward counts" }),
    })
    .optional(),
};

/**
 * The `distill` configuration, with what cannot work refused.
 * @param common - fields that it shares with other kinds
 */
export function distillSchema<T extends z.core.$ZodLooseShape>(common: T) {
  return z.strictObject({ kind: z.literal("distill"), ...common, ...fields }).check(({ value, issues }) => {
    const refuse = (path: string, message: string) =>
      issues.push({ code: "custom", path: [path], message, input: value });
    const config = value as z.output<z.ZodObject<typeof fields>>;
    const { matching, augmentation, reward, paths, student } = config;
    if (matching === 0 && augmentation > 0) {
      refuse(
        "matching",
        "is 0: guidance alone oversaturates and collapses; give matching a weight, or set augmentation to 0",
      );
    }
    if (matching === 0 && reward) {
      refuse(
        "matching",
        "is 0: a reward alone collapses to one image per caption; give matching a weight, or leave reward out",
      );
    }
    if (paths && paths.steps % student.steps !== 0) {
      refuse(
        "paths",
        `steps must be a multiple of the student's ${student.steps}, so that its levels lie on the paths, got ` +
          `${paths.steps}; try ${student.steps * Math.ceil(paths.steps / student.steps)}`,
      );
    }
  });
}
