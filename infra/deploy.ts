import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ulid } from "ulid";
import { ApiKeys } from "../shared/access/api-keys.ts";
import { createAwsClients } from "../shared/aws/clients.ts";
import { openDynamoItems } from "../shared/aws/items.ts";
import { openS3Objects } from "../shared/aws/objects.ts";
import { PipelineError } from "../shared/errors.ts";
import { systemClock as clock } from "../shared/ports/clock.ts";
import { ItemsConditionFailed } from "../shared/ports/items.ts";
import { runCommand } from "../shared/process/command-line.ts";
import { commandConfig } from "./command-config.ts";
import { type DeployOptions, deployHelp, readDeployOptions } from "./deploy-options.ts";
import { uploadLarge } from "./upload-large.ts";
import { uploadWeights } from "./upload-weights.ts";

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
  const context = [`environment=${options.environment}`, ...options.context].flatMap((pair) => ["-c", pair]);
  if (options.destroy) return runCdk(["destroy", stack, ...context, ...(options.yes ? ["--force"] : [])]);

  if (commandConfig(options).workerImage === "") {
    process.stderr.write(
      "workerImage is not set: nothing will draw, and a deployment that has workers stops them. Settings of earlier\n" +
        "deployments are not remembered: give -c workerImage=NAME:TAG, or put it into cdk.json.\n",
    );
  }
  const folder = mkdtempSync(join(tmpdir(), "deploy-"));
  try {
    const outputsFile = join(folder, "outputs.json");
    const bootstrapped = await runCdk(["bootstrap", ...context]);
    if (bootstrapped !== 0) return bootstrapped;
    const approval = options.yes ? ["--require-approval", "never"] : [];
    const deployed = await runCdk(["deploy", stack, ...context, ...approval, "--outputs-file", outputsFile]);
    if (deployed !== 0) return deployed;
    const outputs = (JSON.parse(readFileSync(outputsFile, "utf8")) as { [stack: string]: Outputs })[stack]!;
    await finish(options, outputs, region);
    return 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Outputs {
  readonly Url: string;
  readonly TableName: string;
  readonly WeightsBucketName: string;
}

/** Weights, and the first account with its key; both once they are needed and not again. */
async function finish(options: DeployOptions, outputs: Outputs, region: string): Promise<void> {
  const clients = createAwsClients({ region });
  try {
    if (options.weights !== undefined) {
      const { weightsPrefix } = commandConfig(options);
      process.stderr.write(`Uploading the weights to s3://${outputs.WeightsBucketName}/${weightsPrefix} …\n`);
      const objects = openS3Objects({ client: clients.s3, bucket: outputs.WeightsBucketName });
      const bucket = outputs.WeightsBucketName;
      const { files, bytes } = await uploadWeights(objects, options.weights, weightsPrefix, (key, path, bytes) =>
        uploadLarge(clients.s3, { bucket, key, path, bytes }),
      );
      process.stderr.write(
        `${files} files, ${(bytes / 1e9).toFixed(2)} GB, checked by workers before they load them.\n`,
      );
    }
    const items = openDynamoItems({ client: clients.dynamodb, table: outputs.TableName });
    const key = await firstKey(items, options);
    process.stdout.write(`\nThe API: ${outputs.Url}\n`);
    if (key !== undefined) process.stdout.write(`Its first key, shown this once: ${key}\n`);
    process.stdout.write(
      `\ncurl -sL ${outputs.Url}/v1/jobs -H "Authorization: Bearer ${key ?? "$KEY"}" -H "Content-Type: application/json" \\\n` +
        `  -H "Prefer: wait=50" -H "Accept: image/png" -d '{"prompt": "a penguin"}' -o penguin.png\n`,
    );
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
  const { promise, resolve: done, reject } = Promise.withResolvers<number>();
  const env = { CDK_DISABLE_CLI_TELEMETRY: "true", ...process.env };
  const child = spawn(process.execPath, [cdk, ...args], { cwd: root, env, stdio: "inherit" });
  child.once("error", reject);
  child.once("close", (code) => done(code ?? 1));
  return promise;
}

await runCommand(() => main(process.argv.slice(2)));
