import { z } from "zod";
import { defaultScaling } from "../../shared/fair-queue/scaling.ts";
import { flag, list, setting, wholeNumber } from "./setting.ts";
import { parseWorkerImage } from "./worker-image.ts";

/** Settings of the GPU workers: on what, from which image, and how many. */
export const fleetSettings = {
  compute: setting(
    z.enum(["mi", "asg"]) as z.ZodType<"mi" | "asg">,
    "mi",
    "`mi`: ECS Managed Instances; `asg`: an Auto Scaling group of ECS GPU machines",
    "Managed Instances start one machine for one task and need no machine image of ours; a group starts two " +
      "from zero and keeps them 15 minutes",
  ),
  workerImage: setting(
    z
      .string()
      .refine(
        (text) => parseWorkerImage(text) !== undefined,
        "expected NAME:TAG, NAME@sha256:…, either after ACCOUNT.dkr.ecr.REGION.amazonaws.com/, or asset",
      ),
    "",
    "image of the worker in ECR: `name:tag` or `name@sha256:…` of this account, the same with the registry of another " +
      "account before it, or `asset` to build gpu-worker/Dockerfile here",
    "building needs a container tool; without an image the stack deploys and the fleet stays at zero. A digest names " +
      "the same bytes for ever, a tag may be moved",
  ),
  instanceTypes: setting(
    list,
    ["g6.*", "g6e.*", "g5.*", "g7.*", "g7e.*"],
    "instance types or patterns that workers may run on",
    "one GPU with 24 GiB or more and local NVMe; several families find spot machines when one is sold out",
  ),
  maxVcpus: setting(
    wholeNumber(4, 192),
    8,
    "most vCPUs of a machine",
    "a worker needs 4; g7e begins at 8, and larger machines cost more for the same GPU and use up the quota",
  ),
  spotPriceAbovePercent: setting(
    wholeNumber(0, 999_999),
    300,
    "most that a spot machine may cost above the cheapest type that fits, in percent",
    "AWS takes 100 where nothing is said, which leaves out the newest GPUs; they draw in proportion",
  ),
  onDemandPriceAbovePercent: setting(
    wholeNumber(0, 999_999),
    150,
    "the same for machines on demand",
    "AWS takes 20 where nothing is said, which leaves g6.xlarge alone; 150 reaches g5 and g6e, not g7e",
  ),
  gpuMemoryGiB: setting(
    wholeNumber(8, 192),
    22,
    "least memory of the GPU",
    "Z-Image-Turbo in 16 bits needs about 21 GiB at 1024 × 1024; int8 weights fit 16",
  ),
  spot: setting(
    flag,
    true,
    "spot machines first, on demand where there are none",
    "about 0.4 of the price; a job that loses its machine is given back and drawn elsewhere",
  ),
  thumbnails: setting(
    flag,
    true,
    "workers store two small copies of each image larger than 256 pixels",
    "a gallery of whole files loads a hundred times as much; two writes to S3 cost 0.01 dollars for 1,000 images",
  ),
  minWorkers: setting(
    wholeNumber(0, 100),
    defaultScaling.minWorkers,
    "workers kept warm",
    "no GPU hour is paid while nobody asks; 1 takes minutes off the first image and costs a machine around the clock",
  ),
  maxWorkers: setting(
    wholeNumber(0, 500),
    defaultScaling.maxWorkers,
    "most workers",
    "a ceiling on the bill that fits the usual first quota of 16 vCPUs (4 × xlarge)",
  ),
  targetDrainS: setting(
    wholeNumber(10, 86_400),
    defaultScaling.targetDrainS,
    "seconds within which the waiting work should be done once workers are up",
    "about the time a machine takes to start: asking for less buys mostly machines that come too late " +
      "(docs/scaling.md)",
  ),
  idleS: setting(
    wholeNumber(0, 86_400),
    defaultScaling.idleS,
    "seconds without work before a worker is let go",
    "half a start: longer pays for waiting, shorter for starting again (docs/scaling.md)",
  ),
  zones: setting(
    wholeNumber(1, 6),
    3,
    "availability zones that workers may start in",
    "more zones find more spot machines; us-west-1 has 2",
  ),
};
