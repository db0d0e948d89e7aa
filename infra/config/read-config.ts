import { InvalidInputError } from "../../shared/errors.ts";
import { moderationFault } from "./deployed-moderation.ts";
import { parseRememberedSettings } from "./remembered-settings.ts";
import { type StackConfig, settings } from "./settings.ts";

/** Context keys that CDK itself or its tools set. */
const foreignKey =
  /^(@aws-cdk|aws:|aws-cdk:|cdk-|availability-zones:|vpc-provider:|ssm:|ami:|hosted-zone:|acknowledged-|environments$|stages$|tree$)/;

/**
 * The configuration of one deployment. From the weakest to the strongest: the defaults, what the deployment remembers,
 * `environments.<name>` of cdk.json, `-c key=value`.
 *
 * @param context - as CDK gives it; values from the command line are text. `remembered` holds the settings of the
 *   deployment that is there, as JSON; `npm run deploy` reads them and gives them
 * @throws InvalidInputError naming the key, the value and what is accepted; unknown keys too, since a typing error in
 *   `maxWorkers` must not become the default
 */
export function readConfig(context: { readonly [key: string]: unknown }): StackConfig {
  const environment = settings.environment.accepts.safeParse(context.environment ?? settings.environment.default);
  const named = (context.environments ?? {}) as { readonly [name: string]: { readonly [key: string]: unknown } };
  const { remembered, ...onTop } = context;
  const given: { readonly [key: string]: unknown } = {
    ...(remembered !== undefined && parseRememberedSettings(String(remembered))),
    ...(environment.success ? named[environment.data] : {}),
    ...onTop,
  };
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

/** What one document of AWS has room for: characters, and the settings that share them. */
const longTexts: readonly (readonly [number, readonly (keyof StackConfig)[], string])[] = [
  [
    2_000,
    [
      "prices",
      "moderation",
      "modelAliases",
      "corsOrigins",
      "usageExportUrl",
      "traces",
      "moderationKeySecret",
      "tracesHeadersSecret",
      "usageKeySecret",
    ],
    "a function's variables take",
  ],
  [3_000, ["tags", "instanceTypes"], "the parameter that remembers settings takes"],
];

function checked(config: StackConfig): StackConfig {
  const fail = (message: string, param: keyof StackConfig) => new InvalidInputError("bad_option", message, { param });
  if (config.minWorkers > config.maxWorkers) {
    throw fail(`minWorkers (${config.minWorkers}) must not exceed maxWorkers (${config.maxWorkers})`, "minWorkers");
  }
  if (config.domainName !== "" && config.certificateArn === "" && config.hostedZoneId === "") {
    throw fail("domainName needs certificateArn, or hostedZoneId, by which a certificate is made", "domainName");
  }
  if (config.domainName === "" && (config.certificateArn !== "" || config.hostedZoneId !== "")) {
    throw fail("certificateArn and hostedZoneId belong to domainName; give it too, or neither", "domainName");
  }
  if (config.monthlyBudgetUsd > 0 && config.alarmEmail === "") {
    throw fail("monthlyBudgetUsd needs alarmEmail to write to", "alarmEmail");
  }
  if ((config.usageExportUrl === "") !== (config.usageKeySecret === "")) {
    throw fail("usageExportUrl and usageKeySecret belong together; give both or neither", "usageExportUrl");
  }
  const fault = moderationFault(config.moderation, config.network !== "private");
  if (fault !== undefined) throw fail(`moderation: ${fault} (docs/moderation.md)`, "moderation");
  if (config.moderationKeySecret !== "" && config.moderation === "") {
    throw fail("moderationKeySecret needs moderation, which names the services", "moderationKeySecret");
  }
  if (config.tracesHeadersSecret !== "" && !config.traces.startsWith("https:")) {
    throw fail("tracesHeadersSecret needs traces=https://…, the address of the collector", "tracesHeadersSecret");
  }
  if (config.labelling === "cn" && config.aigcProducer === "") {
    throw fail("labelling=cn needs aigcProducer, your code as a provider of generated content", "aigcProducer");
  }
  if (config.watermarkName !== "" && config.watermark === "") {
    throw fail("watermarkName needs watermark, the path of the networks that write it", "watermark");
  }
  if ((config.vpcId === "") !== (config.subnetIds.length === 0)) {
    throw fail("vpcId and subnetIds belong together; give both or neither", "subnetIds");
  }
  if (config.vpcId !== "" && config.network === "private") {
    throw fail("network=private makes a VPC and vpcId names one; give one of them", "network");
  }
  for (const [most, keys, what] of longTexts) {
    const length = keys.reduce((sum, key) => sum + String(config[key]).length, 0);
    if (length > most) {
      const [longest] = keys.toSorted((a, b) => String(config[b]).length - String(config[a]).length);
      const names = keys.length > 1 ? `${keys.join(", ")} have` : `${keys[0]} has`;
      throw fail(`${names} ${length} characters; ${what} at most ${most}`, longest!);
    }
  }
  if (config.instanceTypes.length === 0) throw fail("instanceTypes must name at least one type", "instanceTypes");
  return config;
}
