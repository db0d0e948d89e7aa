import { accountVariants } from "./account-variants.ts";
import { networkVariants } from "./network-variants.ts";
import { type Variant, workerImage } from "./variant.ts";

/** Every way to deploy that is promised: each is synthesised, held to the guarantees, and checked by linters. */
export const variants: readonly Variant[] = [
  { name: "Managed Instances", context: { workerImage }, guarantees: [], mutations: [] },
  { name: "Auto Scaling groups", context: { workerImage, compute: "asg" }, guarantees: [], mutations: [] },
  { name: "trial", context: { environment: "trial", retainData: "false" }, guarantees: [], mutations: [] },
  { name: "expiring links of S3", context: { workerImage, imageLinks: "s3" }, guarantees: [], mutations: [] },
  {
    name: "usage told to a billing system",
    context: { usageExportUrl: "https://billing.example/events", usageKeySecret: "billing-key" },
    guarantees: [],
    mutations: [],
  },
  ...networkVariants,
  ...accountVariants,
];
