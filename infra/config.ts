import { readFileSync } from "node:fs";
import { z } from "zod";
import { InvalidInputError } from "../shared/errors.ts";
import { defaultScaling } from "../shared/fair-queue/scaling.ts";
import { maxSteps } from "../shared/limits.ts";

/**
 * Every setting of a deployment: its context key (`-c key=value`), what it accepts, its default and the reason for that
 * default. This is the only reader of CDK context, and `npm run deploy -- --help` prints this table.
 */
interface Setting<T> {
  readonly accepts: z.ZodType<T>;
  readonly default: T;
  readonly means: string;
  readonly because: string;
}

const wholeNumber = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
const flag = z.union([
  z.boolean(),
  z.enum(["true", "false"]).transform((text) => text === "true"),
]) as z.ZodType<boolean>;
const optionalText = (pattern: RegExp, like: string) =>
  z.string().refine((text) => text === "" || pattern.test(text), `expected something like ${like}`);
const list = z.union([
  z.array(z.string().min(1)),
  z.string().transform((text) =>
    text
      .split(",")
      .map((part) => part.trim())
      .filter(Boolean),
  ),
]) as z.ZodType<string[]>;

function setting<T>(accepts: z.ZodType<T>, fallback: T, means: string, because: string): Setting<T> {
  return { accepts, default: fallback, means, because };
}

/** What a function's environment has room for, beside the other settings: 4 KB in all. */
const maxPricesCharacters = 2_500;

/** The JSON in the file, made compact. Whether its prices are right, the functions say at their start. */
const pricesFile = z.string().transform((path, context) => {
  if (path === "") return "";
  try {
    const text = JSON.stringify(JSON.parse(readFileSync(path, "utf8")));
    if (text.length <= maxPricesCharacters) return text;
    context.addIssue(
      `expected at most ${maxPricesCharacters} characters of JSON, got ${text.length}; leave out past tables`,
    );
  } catch (error) {
    context.addIssue(`expected a JSON file of prices: ${(error as Error).message}`);
  }
  return z.NEVER;
}) as z.ZodType<string>;

export const settings = {
  environment: setting(
    z.string().regex(/^[a-z][a-z0-9-]{0,19}$/),
    "dev",
    "name of this deployment; part of the stack's name, and key into `environments` of cdk.json",
    "several may live in one account without knowing each other",
  ),
  compute: setting(
    z.enum(["mi", "asg"]) as z.ZodType<"mi" | "asg">,
    "mi",
    "`mi`: ECS Managed Instances; `asg`: an Auto Scaling group of ECS GPU machines",
    "Managed Instances start one machine for one task and need no machine image of ours; a group starts two " +
      "from zero and keeps them 15 minutes",
  ),
  workerImage: setting(
    z.string(),
    "",
    "image of the worker: an ECR repository of this account with its tag (`name:tag`), or `asset` to build " +
      "gpu-worker/Dockerfile here",
    "building needs a container tool; without an image the stack deploys and the fleet stays at zero",
  ),
  instanceTypes: setting(
    list,
    ["g6.*", "g6e.*", "g5.*"],
    "instance types or patterns that workers may run on",
    "one GPU with 24 GiB or more and local NVMe; several families find spot machines when one is sold out",
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
  modelId: setting(
    z.string().min(1),
    "z-image-turbo",
    "id under which the API offers the model",
    "the fast one of the two releases",
  ),
  modelFamily: setting(
    z.enum(["turbo", "base"]) as z.ZodType<"turbo" | "base">,
    "turbo",
    "family: a turbo model is drawn without guidance, a base model with",
    "fits modelId",
  ),
  modelSteps: setting(
    wholeNumber(0, maxSteps),
    0,
    "steps when the request does not say; 0 for those of the family's release",
    "a model distilled further has its own number, in its generation_config.json",
  ),
  modelSide: setting(
    wholeNumber(64, 2048),
    1024,
    "sides of an image when the request does not say, in pixels",
    "what the releases were trained for",
  ),
  weightsPrefix: setting(
    z.string().regex(/^[A-Za-z0-9_-][\w.-]*$/),
    "z-image-turbo",
    "folder in the weights bucket that workers load",
    "a new prefix per version lets old and new workers run side by side",
  ),
  modelAliases: setting(
    optionalText(/^[\w./:-]+=[\w./:-]+(,[\w./:-]+=[\w./:-]+)*$/, "dall-e-3=z-image-turbo,gpt-image-1=z-image-turbo"),
    "",
    "more names for the model, as NAME=MODEL separated by commas",
    "clients that name another model need no change; without it their requests are 404",
  ),
  domainName: setting(
    optionalText(/^[a-z0-9.-]+\.[a-z]{2,}$/, "images.example.com"),
    "",
    "own domain of the service; needs certificateArn, and a DNS record of yours that points to the distribution",
    "the distribution's name works without one",
  ),
  corsOrigins: setting(
    optionalText(
      /^(\*|https?:\/\/[^\s/,]+(,https?:\/\/[^\s/,]+)*)$/,
      "https://shop.example.com,https://admin.example.com",
    ),
    "",
    "origins whose pages may call the API from a browser, separated by commas, or *",
    "keys belong on servers; a page that holds one gives it to its readers",
  ),
  prices: setting(
    pricesFile,
    "",
    "path of a JSON file of prices (docs/billing.md)",
    "without one the example prices count",
  ),
  certificateArn: setting(
    optionalText(
      /^arn:aws[a-z-]*:acm:us-east-1:\d{12}:certificate\//,
      "arn:aws:acm:us-east-1:123456789012:certificate/…",
    ),
    "",
    "certificate for domainName, in us-east-1",
    "CloudFront reads certificates there alone",
  ),
  webAclArn: setting(
    optionalText(
      /^arn:aws[a-z-]*:wafv2:us-east-1:\d{12}:global\/webacl\//,
      "arn:aws:wafv2:us-east-1:…:global/webacl/…",
    ),
    "",
    "AWS WAF web ACL (scope CLOUDFRONT) for the distribution",
    "costs from 6 dollars a month; the edge already refuses malformed keys, and the API has its own throttle",
  ),
  imageLinks: setting(
    z.enum(["cdn", "s3"]) as z.ZodType<"cdn" | "s3">,
    "cdn",
    "`cdn`: images through CloudFront under keys nobody can guess; `s3`: links of S3 that expire",
    "cached near the reader, and S3 stays closed; take `s3` where a link must end with its time",
  ),
  imageRetentionDays: setting(
    wholeNumber(1, 3650),
    30,
    "days that images are kept",
    "as long as the jobs' own records",
  ),
  logRetentionDays: setting(
    wholeNumber(1, 3653).refine(
      (days) => logRetentions.includes(days),
      "expected 1, 3, 5, 7, 14, 30, 60, 90, 180 or 365",
    ),
    30,
    "days that logs are kept",
    "logs hold ids and timings, no prompts; a month answers most questions",
  ),
  requestsPerSecond: setting(
    wholeNumber(1, 10_000),
    50,
    "requests a second through API Gateway, all callers together; twice that in bursts",
    "a backstop for the bill, above what four workers can draw",
  ),
  apiConcurrency: setting(
    wholeNumber(0, 1000),
    0,
    "reserved concurrency of the API function; 0 reserves none",
    "new accounts have 10 in all and could not deploy a reservation",
  ),
  alarmEmail: setting(
    optionalText(/^[^@\s]+@[^@\s]+$/, "ops@example.com"),
    "",
    "address that alarms and the budget write to",
    "nobody is written to unasked",
  ),
  monthlyBudgetUsd: setting(
    wholeNumber(0, 1_000_000),
    0,
    "writes to alarmEmail at 80 % and 100 % of this; 0 makes no budget",
    "needs an address",
  ),
  usageExportUrl: setting(
    optionalText(/^https:\/\/\S+$/, "https://api.stripe.com/v1/billing/meter_events"),
    "",
    "where charges of accounts with a meter customer are told, as Stripe meter events; needs usageKeySecret",
    "the ledger is enough for those who bill themselves (docs/billing.md)",
  ),
  usageKeySecret: setting(
    optionalText(/^[A-Za-z0-9/_+=.@-]{1,512}$/, "z-image/billing-key"),
    "",
    "name of the Secrets Manager secret, of this account and region, whose text is the billing system's key",
    "a key belongs neither into a template nor into a function's settings",
  ),
  usageMeter: setting(
    z.string().regex(/^[A-Za-z0-9_.-]{1,100}$/),
    "z_image_usage",
    "name of the meter there; values are micro-units of the currency",
    "any name that the billing system knows",
  ),
  retainData: setting(
    flag,
    true,
    "keep table and buckets when the stack is deleted",
    "a wrong command must not cost the ledger; set false for a trial that leaves nothing behind",
  ),
} satisfies { readonly [key: string]: Setting<never> | Setting<unknown> };

type Settings = typeof settings;
export type StackConfig = { readonly [K in keyof Settings]: Settings[K] extends Setting<infer T> ? T : never };

const logRetentions = [1, 3, 5, 7, 14, 30, 60, 90, 180, 365];

/** Context keys that CDK itself or its tools set. */
const foreignKey =
  /^(@aws-cdk|aws:|aws-cdk:|cdk-|availability-zones:|vpc-provider:|ssm:|ami:|hosted-zone:|acknowledged-|environments$|tree$)/;

/**
 * The configuration of one deployment: `environments.<name>` of cdk.json over the defaults, `-c key=value` over both.
 *
 * @param context - as CDK gives it; values from the command line are text
 * @throws InvalidInputError naming the key, the value and what is accepted; unknown keys too, since a typing error in
 *   `maxWorkers` must not become the default
 */
export function readConfig(context: { readonly [key: string]: unknown }): StackConfig {
  const environment = settings.environment.accepts.safeParse(context.environment ?? settings.environment.default);
  const named = (context.environments ?? {}) as { readonly [name: string]: { readonly [key: string]: unknown } };
  const given = { ...(environment.success ? named[environment.data] : {}), ...context };
  const config: { [key: string]: unknown } = {};
  for (const [key, { accepts, default: fallback }] of Object.entries(settings)) {
    const result = accepts.safeParse(given[key] ?? fallback);
    if (!result.success) {
      const why = result.error.issues.map(({ message }) => message).join("; ");
      throw new InvalidInputError("bad_option", `context ${key}=${JSON.stringify(given[key])}: ${why}`, { param: key });
    }
    config[key] = result.data;
  }
  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(settings, key) && !foreignKey.test(key)) {
      throw new InvalidInputError("bad_option", `context ${key} is no setting; see: npm run deploy -- --help`, {
        param: key,
      });
    }
  }
  return checked(config as StackConfig);
}

function checked(config: StackConfig): StackConfig {
  const fail = (message: string, param: keyof Settings) => new InvalidInputError("bad_option", message, { param });
  if (config.minWorkers > config.maxWorkers) {
    throw fail(`minWorkers (${config.minWorkers}) must not exceed maxWorkers (${config.maxWorkers})`, "minWorkers");
  }
  if ((config.domainName === "") !== (config.certificateArn === "")) {
    throw fail("domainName and certificateArn belong together; give both or neither", "domainName");
  }
  if (config.monthlyBudgetUsd > 0 && config.alarmEmail === "") {
    throw fail("monthlyBudgetUsd needs alarmEmail to write to", "alarmEmail");
  }
  if ((config.usageExportUrl === "") !== (config.usageKeySecret === "")) {
    throw fail("usageExportUrl and usageKeySecret belong together; give both or neither", "usageExportUrl");
  }
  if (config.instanceTypes.length === 0) throw fail("instanceTypes must name at least one type", "instanceTypes");
  return config;
}

/** The table of settings as text for a terminal. */
export function settingsHelp(): string {
  return Object.entries(settings)
    .map(([key, { default: fallback, means, because }]) => {
      const value = Array.isArray(fallback) ? fallback.join(",") : String(fallback);
      return `  ${key} (default ${value === "" ? "none" : value})\n      ${means}\n      because: ${because}`;
    })
    .join("\n");
}
