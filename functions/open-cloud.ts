import { ulid } from "ulid";
import { openAwsState } from "../shared/aws/open-aws-state.ts";
import { systemClock as clock } from "../shared/clock.ts";
import { createJobStore } from "../shared/create-job-store.ts";
import { environment } from "../shared/environment.ts";
import { InvalidInputError } from "../shared/errors.ts";
import { notifySettledJobs } from "../shared/notify-settled-jobs.ts";
import { readStateConfig } from "../shared/state-config.ts";
import { lambdaLog as log } from "./lambda-log.ts";
import { readModelCatalog } from "./read-model-catalog.ts";

/**
 * What every function of the deployment stands on: the ports, the job store over them, the queue to the dispatcher, and the model.
 * @throws InvalidInputError naming the variable that the stack should have set
 */
export function openCloud(env: NodeJS.ProcessEnv) {
  const config = readStateConfig(env);
  if (config.kind !== "aws") {
    throw new InvalidInputError("invalid_config", `a function needs ${environment.state}=aws, got "${config.kind}"`);
  }
  const { notices, ...state } = openAwsState(config);
  if (notices === undefined) throw new InvalidInputError("invalid_config", `${environment.notifyQueueUrl} is not set`);
  const newId = () => ulid();
  const accountWindow = readAccountWindow(env);
  const store = createJobStore({ items: state.items, clock, accountWindow });
  const jobs = notifySettledJobs(store, notices, (error, jobId) =>
    log("the dispatcher could not be told", { jobId, error: String(error) }),
  );
  return { ...state, config, notices, jobs, clock, newId, log, accountWindow, models: [readModelCatalog(env)] };
}

function readAccountWindow(env: NodeJS.ProcessEnv): number {
  const text = env[environment.accountWindow];
  const window = Number(text);
  if (!Number.isSafeInteger(window) || window < 1) {
    throw new InvalidInputError(
      "invalid_config",
      `${environment.accountWindow} must be a whole number of at least 1, got ${JSON.stringify(text)}`,
    );
  }
  return window;
}
