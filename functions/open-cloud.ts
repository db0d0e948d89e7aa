import { ulid } from "ulid";
import { openAwsState } from "../shared/aws/open-aws-state.ts";
import { environment } from "../shared/environment.ts";
import { InvalidInputError } from "../shared/errors.ts";
import { createJobStore } from "../shared/jobs/create-job-store.ts";
import { systemClock as clock } from "../shared/ports/clock.ts";
import { readRecordKeys } from "../shared/records/record-key.ts";
import { readRecordsS } from "../shared/records/record-years.ts";
import { readStateConfig } from "../shared/state-config.ts";
import { announceOutbox } from "../shared/webhooks/announce-outbox.ts";
import { lambdaLog as log } from "./lambda-log.ts";
import { readModelCatalog } from "./read-model-catalog.ts";

/**
 * What every function of the deployment stands on: the ports, the job store over them, the queue to the dispatcher, and
 * the model.
 *
 * @param announce - tell the dispatcher of what is written for it; the dispatcher itself need not be told.
 * @default true
 * @throws InvalidInputError naming the variable that the stack should have set
 */
export function openCloud(env: NodeJS.ProcessEnv, { announce = true } = {}) {
  const config = readStateConfig(env);
  if (config.kind !== "aws") {
    throw new InvalidInputError("invalid_config", `a function needs ${environment.state}=aws, got "${config.kind}"`);
  }
  const { notices, runSteps, ...state } = openAwsState(config);
  if (notices === undefined) throw new InvalidInputError("invalid_config", `${environment.notifyQueueUrl} is not set`);
  if (runSteps === undefined) throw new InvalidInputError("invalid_config", `${environment.runQueueUrl} is not set`);
  const newId = () => ulid();
  const items = announce
    ? announceOutbox(state.items, notices, (error, accountId) =>
        log("warn", "the dispatcher could not be told", { accountId, error: String(error) }),
      )
    : state.items;
  const jobs = createJobStore({ items, clock, recordsS: readRecordsS(env), promptKey: readRecordKeys(env)[0] });
  const models = [readModelCatalog(env)];
  return { ...state, items, config, notices, runSteps, jobs, clock, newId, log, models };
}
