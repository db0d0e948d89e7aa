import { parseArgs } from "node:util";
import { readDeduplicationWindow } from "../shared/access/deduplication-window.ts";
import { InvalidInputError } from "../shared/errors.ts";
import { maxDeduplicationWindowS } from "../shared/limits.ts";
import { settingsHelp } from "./config/settings.ts";

export interface DeployOptions {
  readonly environment: string;
  /** Further `key=value`s of the context. */
  readonly context: readonly string[];
  /** Deduplication window of the first key; see `ApiKey`. */
  readonly deduplicationWindowS?: number | null;
  /** Checkpoint folder to upload. */
  readonly weights?: string;
  readonly destroy: boolean;
  /** Show what would change, and change nothing. */
  readonly diff: boolean;
  readonly yes: boolean;
}

export const deployHelp = () => `npm run deploy -- [options]

Deploys the pipeline to the AWS account and region of your credentials (AWS_PROFILE, AWS_REGION and so on), then prints its address
and, the first time, an API key. Run npm run doctor:aws before the first time. docs/deploy.md has the whole way, with costs.

The first hour, in an account without GPU quota much longer. It then costs 4 dollars a month while nothing is drawn (default
settings, computed), 0.023 per stored GB, and a machine by the second while something is:
  npm run doctor:aws                                   under a minute; quotas that it names take hours to days to raise
  docker build, docker push (docs/deploy.md)           5 to 15 minutes, expected
  npm run deploy -- -c workerImage=NAME:TAG --weights DIR
                                                       5 to 10 minutes, expected, and the upload: 20.5 GB at 100 Mbit/s in 27
  the printed curl                                     4 to 6 minutes for the first image, expected: a machine starts for it
  npm run deploy -- --destroy                          the way out, 10 to 30 minutes, expected

  --environment NAME   which deployment (default dev); settings per environment are in cdk.json
  -c KEY=VALUE         a setting, see below; may be given several times. The deployment remembers it: later ones need
                       not name it again, and -c KEY= (or KEY=DEFAULT) takes it back. cdk.json goes before what is
                       remembered. What changes is shown, and asked about, before anything is done
  --diff               show what would change, in settings and resources, and change nothing
  --weights DIR        upload this checkpoint (a Hugging Face folder) for the workers, after the deployment;
                       the same line again sends what is missing
  --deduplication-window-s N
                       of the key that the first deployment makes: for N seconds, up to ${maxDeduplicationWindowS}, after a response was sent, an
                       equal request without Idempotency-Key and without seed is given the same job again (docs/clients/retry.md);
                       later, npm run keys -- change
  --destroy            stop the workers, wait until their machines are gone, and delete the stack. Table and buckets stay,
                       unless the deployment was made with retainData=false: then everything is deleted
  --yes                do not ask before changes of settings and permissions, nor before --destroy
  --help               this text

Settings
${settingsHelp()}
`;

/** @throws InvalidInputError `bad_option` naming the option */
export function readDeployOptions(args: readonly string[]): DeployOptions | "help" {
  const { values, positionals } = parse(args);
  if (values.help) return "help";
  const [surplus] = positionals;
  if (surplus !== undefined) throw badOption(`unexpected "${surplus}"; see: npm run deploy -- --help`);
  const context = values.context ?? [];
  for (const pair of context) {
    if (!/^[A-Za-z]\w*=/.test(pair)) throw badOption(`-c takes KEY=VALUE, got "${pair}"`);
    if (pair.startsWith("environment=")) throw badOption("give the environment as --environment NAME");
  }
  if (values.destroy && values.diff) throw badOption("--diff and --destroy do not go together");
  if (values.destroy && values.weights !== undefined) throw badOption("--weights and --destroy do not go together");
  const deduplicationWindowS = readDeduplicationWindow(values["deduplication-window-s"]);
  return {
    environment: values.environment ?? "dev",
    context,
    deduplicationWindowS,
    weights: values.weights,
    destroy: values.destroy ?? false,
    diff: values.diff ?? false,
    yes: values.yes ?? false,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        environment: { type: "string" },
        context: { type: "string", short: "c", multiple: true },
        "deduplication-window-s": { type: "string" },
        weights: { type: "string" },
        destroy: { type: "boolean" },
        diff: { type: "boolean" },
        yes: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw badOption(`${(error as Error).message.split("\n")[0]} See: npm run deploy -- --help`);
  }
}

function badOption(message: string): InvalidInputError {
  return new InvalidInputError("bad_option", message);
}
