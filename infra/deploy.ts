import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ulid } from "ulid";
import { ApiKeys } from "../shared/access/api-keys.ts";
import { createAwsClients } from "../shared/aws/clients.ts";
import { openDynamoItems } from "../shared/aws/items.ts";
import { PipelineError } from "../shared/errors.ts";
import { systemClock as clock } from "../shared/ports/clock.ts";
import { ItemsConditionFailed } from "../shared/ports/items.ts";
import { runCommand } from "../shared/process/command-line.ts";
import { prepareAccount } from "./account/prepare-account.ts";
import { protectTable } from "./account/protect-table.ts";
import { commandConfig } from "./config/command-config.ts";
import { type RememberedSettings, settingChanges, settingsToRemember } from "./config/remembered-settings.ts";
import type { StackConfig } from "./config/settings.ts";
import { describeIdleCost, idleCost } from "./cost/idle-cost.ts";
import { askOnTerminal, confirmChanges } from "./deploy/confirm-changes.ts";
import { deployGlobalStack, globalStackName } from "./deploy/deploy-global-stack.ts";
import { readDeployedSettings } from "./deploy/deployed-settings.ts";
import { destroyStack } from "./deploy/destroy-stack.ts";
import { firstImageCommands } from "./deploy/first-image.ts";
import { hasToolkit } from "./deploy/has-toolkit.ts";
import { type DeployOptions, deployHelp, readDeployOptions } from "./deploy-options.ts";
import { needsGlobalStack } from "./global-stack.ts";
import type { Template } from "./guarantees/guarantee.ts";

/** `npm run deploy`: the CDK, and what a deployment needs once it stands. */
const root = resolve(import.meta.dirname, "..");
const cdk = join(root, "infra/node_modules/.bin/cdk");

async function main(args: readonly string[]): Promise<number> {
  const options = readDeployOptions(args);
  if (options === "help") {
    process.stdout.write(deployHelp());
    return 0;
  }
  const region = process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
  if (!region) throw new PipelineError("bad_option", "AWS_REGION is not set; for example AWS_REGION=eu-central-1");
  const stack = `ZImage-${options.environment}`;
  const remembered = await readDeployedSettings(region, options.environment);
  const config = commandConfig({ ...options, remembered });
  if (config.region !== "" && config.region !== region) {
    const remedy = `set AWS_REGION=${config.region}, or another --environment`;
    throw new PipelineError(
      "bad_option",
      `${options.environment} belongs to ${config.region}, not ${region}; ${remedy}`,
    );
  }
  const context = [
    `environment=${options.environment}`,
    ...(remembered === undefined ? [] : [`remembered=${JSON.stringify(remembered)}`]),
    ...options.context,
  ].flatMap((pair) => ["-c", pair]);
  if (options.destroy) return destroy({ options, config, remembered, region, stack, context });

  const goesOn = await confirmChanges({
    changes: settingChanges(remembered ?? {}, settingsToRemember(config)),
    stack,
    isFirst: remembered === undefined,
    yes: options.yes,
    isTerminal: process.stdin.isTTY,
    write: (text) => process.stderr.write(text),
    ask: askOnTerminal,
  });
  if (!goesOn) return 1;
  if (options.diff) return (await buildPage()) || runCdk(["diff", "--method=template", stack, ...context]);
  if (config.workerImage === "") {
    process.stderr.write(
      "workerImage is not set: nothing will draw. Give -c workerImage=NAME:TAG; it is remembered.\n",
    );
  }
  const built = await buildPage();
  if (built !== 0) return built;
  const folder = mkdtempSync(join(tmpdir(), "deploy-"));
  try {
    const outputsFile = join(folder, "outputs.json");
    if (!(await hasToolkit(region))) {
      const bootstrapped = await runCdk(["bootstrap", ...context]);
      if (bootstrapped !== 0) return bootstrapped;
    }
    await prepareAccount(region, (line) => process.stderr.write(`${line}\n`));
    const approval = options.yes ? ["--require-approval", "never"] : [];
    const made = await deployGlobalStack({ stack, config, remembered, folder, runCdk, context, approval });
    if (typeof made === "number") return made;
    const complete = [...context, ...made.flatMap((pair) => ["-c", pair])];
    const deployed = await runCdk(["deploy", stack, ...complete, ...approval, "--outputs-file", outputsFile]);
    if (deployed !== 0) return deployed;
    const outputs = (JSON.parse(readFileSync(outputsFile, "utf8")) as { [stack: string]: Outputs })[stack]!;
    const { WeightsBucketName: bucket } = outputs;
    const pushed = options.weights === undefined ? 0 : await pushWeights(options.weights, config, bucket, region);
    await announce({ options, config, outputs, region });
    const stacks = [stack, ...(needsGlobalStack(config) ? [globalStackName(stack)] : [])];
    process.stdout.write(`\n${describeIdleCost(idleCost(stacks.map(synthesizedTemplate)))}\n`);
    return pushed;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Destruction {
  readonly options: DeployOptions;
  readonly config: StackConfig;
  readonly remembered: RememberedSettings | undefined;
  readonly region: string;
  readonly stack: string;
  readonly context: readonly string[];
}

/** Asks, and deletes the deployment. @returns the exit status */
async function destroy({ options, config, remembered, region, stack, context }: Destruction): Promise<number> {
  // The settings of what is there; those asked for where a first deployment did not come to stand.
  const deleteData = (remembered ?? settingsToRemember(config)).retainData === "false";
  const globalStacks = needsGlobalStack(config) ? [globalStackName(stack)] : [];
  const data = deleteData ? "with its table, images and weights" : "and keep its table and buckets";
  const question = `Stop all workers of ${stack} in ${region}, delete the stack, ${data}? [y/N] `;
  if (!options.yes && !/^y(es)?$/i.test((await askOnTerminal(question)).trim())) return 1;
  return destroyStack({
    region,
    stack,
    deleteData,
    clock,
    write: (text) => process.stderr.write(text),
    // The distribution first, which names what the other holds.
    destroy: () => runCdk(["destroy", stack, ...globalStacks, ...context, "--force"]),
  });
}

/** What the CDK has just made of a stack. */
function synthesizedTemplate(stack: string): Template {
  return JSON.parse(readFileSync(join(root, "cdk.out", `${stack}.template.json`), "utf8")) as Template;
}

interface Outputs {
  readonly Url: string;
  readonly TableName: string;
  readonly WeightsBucketName: string;
}

/** `npm run models -- push`, which sends only what the bucket lacks. @returns its exit status */
function pushWeights(folder: string, { weightsPrefix }: StackConfig, bucket: string, region: string): Promise<number> {
  const models = ["--disable-warning=ExperimentalWarning", join(root, "gpu-worker/cli/models.ts")];
  const args = ["push", resolve(folder), "--bucket", bucket, "--as", weightsPrefix];
  process.stderr.write(`Uploading the weights to s3://${bucket}/${weightsPrefix} …\n`);
  return run([...models, ...args], { cwd: process.cwd(), env: { AWS_REGION: region } });
}

/** `npm run build:page`: the API function carries the page. @returns its exit status */
function buildPage(): Promise<number> {
  const command = ["--disable-warning=ExperimentalWarning", join(root, "local/build-page.ts")];
  return run(command, { cwd: root, env: {} });
}

interface Announcement {
  readonly options: DeployOptions;
  readonly config: StackConfig;
  readonly outputs: Outputs;
  readonly region: string;
}

/** Prints the address and, the first time, a key of the first account. */
async function announce({ options, config, outputs, region }: Announcement): Promise<void> {
  const clients = createAwsClients({ region });
  try {
    await protectTable(clients.dynamodb, outputs.TableName, config.retainData);
    const items = openDynamoItems({ client: clients.dynamodb, table: outputs.TableName });
    const key = await firstKey(items, options);
    process.stdout.write(`\nThe API: ${outputs.Url}\n`);
    if (key !== undefined) process.stdout.write(`Its first key, shown this once: ${key}\n`);
    process.stdout.write(`\nAn image:\n\n${firstImageCommands(outputs.Url, key)}\n`);
  } finally {
    clients.close();
  }
}

/** The first deployment's key; `undefined` when there was a first one before. */
async function firstKey(
  items: ReturnType<typeof openDynamoItems>,
  { deduplicationWindowS }: DeployOptions,
): Promise<string | undefined> {
  try {
    await items.write([{ put: { pk: "DEPLOYED", sk: "META", data: { at: clock.now() } }, if: { absent: true } }]);
  } catch (error) {
    if (error instanceof ItemsConditionFailed) return undefined;
    throw error;
  }
  const keys = new ApiKeys({ items, clock, newId: () => ulid() });
  const account = await keys.createAccount("first", { unlimited: true });
  const window = deduplicationWindowS === undefined ? {} : { deduplicationWindowS };
  return (await keys.createKey(account.id, { name: "first", ...window })).value;
}

function runCdk(args: readonly string[]): Promise<number> {
  return run([cdk, ...args], { cwd: root, env: { CDK_DISABLE_CLI_TELEMETRY: "true" } });
}

/** Node with these arguments, on this terminal. @returns its exit status */
function run(args: readonly string[], options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv }) {
  const { promise, resolve: done, reject } = Promise.withResolvers<number>();
  const env = { ...options.env, ...process.env };
  const child = spawn(process.execPath, args, { cwd: options.cwd, env, stdio: "inherit" });
  child.once("error", reject);
  child.once("close", (code) => done(code ?? 1));
  return promise;
}

await runCommand(() => main(process.argv.slice(2)));
