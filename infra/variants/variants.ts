import { accountVariants } from "./account-variants.ts";
import { dataVariants } from "./data-variants.ts";
import { edgeVariants } from "./edge-variants.ts";
import { fleetVariants } from "./fleet-variants.ts";
import { networkVariants } from "./network-variants.ts";
import { tracesVariants } from "./traces-variants.ts";
import { type Variant, workerImage } from "./variant.ts";

/** Every way to deploy that is promised: each is synthesised, held to the guarantees, and checked by linters. */
export const variants: readonly Variant[] = [
  { name: "Managed Instances", context: { workerImage }, guarantees: [], mutations: [] },
  { name: "Auto Scaling groups", context: { workerImage, compute: "asg" }, guarantees: [], mutations: [] },
  {
    name: "stages of a pipeline, two accounts and regions",
    context: {
      stages: "staging,prod",
      environments: {
        staging: { account: "123456789012", region: "eu-central-1", workerImage, apiRollout: "all-at-once" },
        prod: { account: "210987654321", region: "us-east-1", workerImage, kmsKey: "create", waf: true },
      },
    },
    guarantees: [],
    mutations: [],
  },
  ...dataVariants,
  ...edgeVariants,
  { name: "expiring links of S3", context: { workerImage, imageLinks: "s3" }, guarantees: [], mutations: [] },
  {
    name: "usage told to a billing system",
    context: { usageExportUrl: "https://billing.example/events", usageKeySecret: "billing-key" },
    guarantees: [],
    mutations: [],
  },
  ...fleetVariants,
  ...networkVariants,
  ...accountVariants,
  ...tracesVariants,
];
