import { parseArgs } from "node:util";
import { ulid } from "ulid";
import { liveAccountSecrets, rotateAccountSecret } from "../shared/access/account-secrets.ts";
import { type ApiKey, keyScopes } from "../shared/access/api-key.ts";
import { ApiKeys } from "../shared/access/api-keys.ts";
import { readDeduplicationWindow } from "../shared/access/deduplication-window.ts";
import { environment } from "../shared/environment.ts";
import { NotFoundError } from "../shared/errors.ts";
import { currencyOf } from "../shared/money/price-list.ts";
import { readPrices } from "../shared/money/read-prices.ts";
import { openExistingState } from "../shared/open-state.ts";
import { systemClock } from "../shared/ports/clock.ts";
import type { Items } from "../shared/ports/items.ts";
import { commandLine, runCommand } from "../shared/process/command-line.ts";
import { printable } from "../shared/process/printable.ts";
import { readStateConfig, type StateConfig } from "../shared/state-config.ts";
import { readLimits, shownLimits } from "./limit-options.ts";
import { ensureLocalAccount } from "./local-account.ts";

const help = `npm run keys -- COMMAND [options]

  create [--name TEXT] [--account ID] [--scopes A,B] [--expires TIME] [--deduplication-window-s N] [LIMITS]
                                        create a key; it is printed once, on standard output
  rotate KEY_ID [--overlap-s N]         create a new value; the old one stays valid for N seconds (default 86400)
  change KEY_ID [--name TEXT] [--deduplication-window-s N] [LIMITS]
                                        change the options given; a limit of none removes the limit
  list [--account ID]                   list the account's keys, without their values
  revoke KEY_ID [--account ID]          revoke a key
  webhook-secret [--account ID]         print the secrets that sign the account's job webhooks, the newest first
  rotate-webhook-secret [--account ID]  make a new one and print it; the old one signs as well for 24 hours
  --help                                show this help

  LIMITS  --monthly-cap N  --max-open-jobs N  --requests-per-minute N
  --deduplication-window-s N            1 to 900: for N seconds after the response, an equal request without Idempotency-Key
                                        and seed returns the same job (docs/clients/retry.md). 0 or auto, the default: never
  Scopes: jobs:write, jobs:read, files:write, files:read, images:verify, models:read, webhooks:read, webhooks:write, usage:read and keys:admin; * (the
  default) is all of them; the default of a key with limits is all but keys:admin.
  accounts:admin, for operators, must be listed explicitly.

Without --account: the account of this machine, in DATA_DIR (default ./data). Can run while npm start is running.
With ${environment.state}=aws: the table in ${environment.tableName}; create also creates an account unless --account is given.
`;

const commands = ["create", "list", "rotate", "change", "revoke", "webhook-secret", "rotate-webhook-secret"] as const;
/** Verbs that take the id of a key. */
const aboutOne: ReadonlySet<string> = new Set(["rotate", "change", "revoke"]);

const limitOptions = [
  { option: "monthly-cap", name: "monthlyCap", min: 0 },
  { option: "max-open-jobs", name: "maxOpenJobs", min: 1 },
  { option: "requests-per-minute", name: "requestsPerMinute", min: 1 },
] as const;

interface Command {
  readonly name: (typeof commands)[number];
  readonly keyId?: string;
  readonly scopes?: readonly string[];
  readonly expiresAt?: number;
  readonly overlapMs: number;
  readonly limits: ReturnType<typeof readLimits<"monthlyCap" | "maxOpenJobs" | "requestsPerMinute">>;
  readonly deduplicationWindowS?: number | null;
  readonly keyName?: string;
  readonly accountId?: string;
}

const { badUsage, parse } = commandLine("keys");

async function main(args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const command = readCommand(args);
  if (command === "help") {
    process.stdout.write(help);
    return;
  }
  process.umask(0o077);
  const config = readStateConfig(env);
  const state = await openExistingState(config);
  try {
    const apiKeys = new ApiKeys({ items: state.items, clock: systemClock, newId: () => ulid() });
    const currency = currencyOf(readPrices(env[environment.prices]));
    const accountId = await accountFor(command, apiKeys, config);
    await run(command, { accountId, currency, apiKeys, items: state.items });
  } finally {
    await state.close();
  }
}

interface Target {
  readonly accountId: string;
  /** Currency of the prices. */
  readonly currency: string;
  readonly apiKeys: ApiKeys;
  readonly items: Items;
}

async function run(command: Command, { accountId, currency, apiKeys, items }: Target): Promise<void> {
  switch (command.name) {
    case "create": {
      const { scopes, expiresAt, deduplicationWindowS } = command;
      const limits = Object.fromEntries(Object.entries(command.limits).filter(([, value]) => value !== undefined));
      const { key, value } = await apiKeys.createKey(accountId, {
        name: command.keyName ?? "",
        scopes,
        expiresAt,
        limits: Object.keys(limits).length > 0 ? limits : undefined,
        deduplicationWindowS,
      });
      process.stderr.write(`Key ${key.id} of account ${accountId}; it cannot be shown again:\n`);
      process.stdout.write(`${value}\n`);
      return;
    }
    case "list":
      for (const key of await apiKeys.listKeys(accountId)) process.stdout.write(`${line(key, currency)}\n`);
      return;
    case "rotate": {
      const { key, value } = await apiKeys.rotateKey(accountId, command.keyId ?? "", command.overlapMs);
      const until = key.previousUntil === undefined ? "no more" : `until ${new Date(key.previousUntil).toISOString()}`;
      process.stderr.write(`Key ${key.id}: the old value works ${until}. The new one cannot be shown again:\n`);
      process.stdout.write(`${value}\n`);
      return;
    }
    case "change": {
      const { keyName, limits, deduplicationWindowS } = command;
      const key = await apiKeys.changeKey(accountId, command.keyId ?? "", {
        limits,
        name: keyName,
        deduplicationWindowS,
      });
      process.stdout.write(`${line(key, currency)}\n`);
      return;
    }
    case "revoke": {
      const { id } = await apiKeys.revokeKey(accountId, command.keyId ?? "");
      process.stderr.write(`Key ${id} is revoked; a running API may honour it for some seconds more.\n`);
      return;
    }
    case "webhook-secret": {
      const secrets = liveAccountSecrets(await apiKeys.getAccount(accountId), Date.now());
      for (const secret of secrets) process.stdout.write(`${secret}\n`);
      return;
    }
    case "rotate-webhook-secret": {
      const { secret, previousUntil } = await rotateAccountSecret({ items, clock: systemClock }, accountId);
      process.stderr.write(
        `The old secret signs as well until ${new Date(previousUntil).toISOString()}. The new one:\n`,
      );
      process.stdout.write(`${secret}\n`);
    }
  }
}

async function accountFor(command: Command, apiKeys: ApiKeys, config: StateConfig): Promise<string> {
  const { accountId } = command;
  if (accountId !== undefined) {
    if ((await apiKeys.getAccount(accountId)) !== undefined) return accountId;
    throw new NotFoundError("account_not_found", `there is no account ${accountId} in this store; leave --account out`);
  }
  if (config.kind === "embedded") return (await ensureLocalAccount(apiKeys, config.dataDir)).accountId;
  if (command.name === "create") return (await apiKeys.createAccount(command.keyName)).id;
  throw badUsage(`${command.name} needs --account ID here`);
}

function line(key: ApiKey, currency: string): string {
  const { id, hint, name, createdAt, lastUsedAt, expiresAt, revokedAt, limits = {}, deduplicationWindowS = null } = key;
  const day = (ms: number | undefined) => (ms === undefined ? "never" : new Date(ms).toISOString().slice(0, 10));
  const expired = expiresAt !== undefined && expiresAt <= Date.now();
  const standing =
    revokedAt !== undefined ? `revoked ${day(revokedAt)}` : expired ? `expired ${day(expiresAt)}` : "live";
  const limited = Object.keys(limits).length > 0 ? [JSON.stringify(shownLimits(limits, currency))] : [];
  const window = deduplicationWindowS === null ? [] : [`deduplication window ${deduplicationWindowS} s`];
  const dates = [`created ${day(createdAt)}`, `used ${day(lastUsedAt)}`];
  return [id, `${hint}…`, standing, ...dates, ...limited, ...window, printable(name)].join("  ").trimEnd();
}

function readCommand(args: readonly string[]): Command | "help" {
  const { values, positionals } = parseArguments(args);
  if (values.help) return "help";
  const [name, keyId, ...surplus] = positionals;
  const command = commands.find((known) => known === name);
  if (command === undefined) {
    const expected = `${commands.slice(0, -1).join(", ")} or ${commands.at(-1)}`;
    throw badUsage(`expected ${expected}, got ${name === undefined ? "nothing" : `"${name}"`}`);
  }
  if (surplus.length > 0 || (keyId !== undefined) !== aboutOne.has(command)) {
    throw badUsage(
      aboutOne.has(command) ? `${name} takes one key id, as list shows it` : `${name} takes no "${keyId}"`,
    );
  }
  const overlap = values["overlap-s"] ?? "86400";
  if (!/^\d{1,8}$/.test(overlap)) throw badUsage(`--overlap-s must be whole seconds, got "${overlap}"`);
  const expiresAt = values.expires === undefined ? undefined : Date.parse(values.expires);
  if (Number.isNaN(expiresAt)) throw badUsage(`--expires must be a time such as 2027-01-31, got "${values.expires}"`);
  const scopes = values.scopes?.split(",");
  const unknown = scopes?.find((scope) => !keyScopes.includes(scope));
  if (unknown !== undefined) throw badUsage(`there is no scope "${unknown}"`);
  const limits = readLimits(values, limitOptions);
  const deduplicationWindowS = readDeduplicationWindow(values["deduplication-window-s"]);
  const isChanged = values.name !== undefined || deduplicationWindowS !== undefined || Object.keys(limits).length > 0;
  if (command === "change" && !isChanged) throw badUsage("change needs a name, a deduplication window or a limit");
  return {
    name: command,
    limits,
    overlapMs: Number(overlap) * 1000,
    scopes,
    expiresAt,
    keyId,
    deduplicationWindowS,
    keyName: values.name,
    accountId: values.account,
  };
}

function parseArguments(args: readonly string[]) {
  const text = { type: "string" } as const;
  return parse(() =>
    parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        name: text,
        account: text,
        scopes: text,
        expires: text,
        "overlap-s": text,
        "deduplication-window-s": text,
        "monthly-cap": text,
        "max-open-jobs": text,
        "requests-per-minute": text,
        help: { type: "boolean", short: "h" },
      },
    }),
  );
}

await runCommand(() => main(process.argv.slice(2), process.env));
