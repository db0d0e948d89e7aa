import { join } from "node:path";
import { bucketIsEmpty, ruleState, serviceCounts } from "../deployment.ts";

export interface DayTwoOptions {
  /** Resolves with the output; rejects with the end of it where the command fails. */
  readonly run: (command: string, args: readonly string[], env: NodeJS.ProcessEnv) => Promise<string>;
  readonly root: string;
  readonly environment: string;
  readonly endpoint: string;
  /** Physical ids by the start of the logical id. */
  readonly physicalId: (logicalIdStart: string) => string;
  readonly buckets: readonly string[];
}

/**
 * `npm run deploy` on a deployment that stands: it knows its settings, and brings it to rest before it deletes it. The
 * stand-in deletes no VPC, so `cdk destroy` itself may fail there.
 */
export async function leaveDeployment(options: DayTwoOptions): Promise<string[]> {
  const { run, root, environment, endpoint, physicalId, buckets } = options;
  const env = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_S3_FOR_CLOUDFORMATION: endpoint.replace("127.0.0.1", "localhost"),
  };
  const deploy = (...args: string[]) =>
    run(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", join(root, "infra/deploy.ts"), "--environment", environment, ...args],
      env,
    ).catch((error: Error) => error.message);

  const changed = await deploy("--diff", "--yes", "-c", "maxWorkers=7", "-c", "workerImage=");
  for (const line of ["workerImage: z-image-worker:v1 → none", "all workers stop", "maxWorkers: 4 → 7"]) {
    if (!changed.includes(line)) throw new Error(`deploy --diff does not say "${line}":\n${changed}`);
  }
  // Nothing is named again, and nothing changes: all of it was remembered.
  const unchanged = await deploy("--diff", "--yes", "-c", "compute=asg");
  if (!unchanged.includes("settings unchanged")) throw new Error(`settings were forgotten:\n${unchanged}`);

  const left = await deploy("--destroy", "--yes");
  if (!left.includes("No worker and no machine is left.")) throw new Error(`the teardown did not finish:\n${left}`);
  const state = await ruleState(endpoint, physicalId("EveryMinute"));
  const counts = await serviceCounts(endpoint, physicalId("WorkersCluster"));
  const full: string[] = [];
  for (const bucket of buckets) if (!(await bucketIsEmpty(endpoint, bucket))) full.push(bucket);
  if (state === "ENABLED" || counts.some((count) => count !== 0) || full.length > 0) {
    throw new Error(
      `after --destroy: the tick is ${state}, services want ${counts.join(", ")}, full: ${full.join(", ")}`,
    );
  }
  return ["settings remembered; --destroy stopped the tick, set the services to none and emptied the trial's buckets"];
}
