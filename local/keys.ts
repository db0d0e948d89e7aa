import { parseArgs } from "node:util";
import { ulid } from "ulid";
import { type ApiKey, ApiKeys } from "../shared/api-keys.ts";
import { systemClock } from "../shared/clock.ts";
import { environment } from "../shared/environment.ts";
import { InvalidInputError, NotFoundError, PipelineError } from "../shared/errors.ts";
import { openState } from "../shared/open-state.ts";
import { readStateConfig, type StateConfig } from "../shared/state-config.ts";
import { ensureLocalAccount } from "./local-account.ts";

const help = `npm run keys -- COMMAND [options]

  create [--name TEXT] [--account ID]   make a key; it is shown once, on standard output alone
  list [--account ID]                   all keys of the account, without their values
  revoke KEY_ID [--account ID]          the key opens nothing from now on
  webhook-secret [--account ID]         what the account's webhooks are signed with
  --help                                this text

Without --account: the account of this machine, in DATA_DIR (default ./data). May run beside npm start.
With ${environment.state}=aws: the table that ${environment.tableName} names; create makes a new account unless --account is given.
`;

interface Command {
  readonly name: "create" | "list" | "revoke" | "webhook-secret";
  readonly keyId?: string;
  readonly keyName?: string;
  readonly accountId?: string;
}

async function main(args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const command = readCommand(args);
  if (command === "help") {
    process.stdout.write(help);
    return;
  }
  process.umask(0o077);
  const config = readStateConfig(env);
  const state = await openState(config);
  try {
    const apiKeys = new ApiKeys({ items: state.items, clock: systemClock, newId: () => ulid() });
    await run(command, await accountFor(command, apiKeys, config), apiKeys);
  } finally {
    await state.close();
  }
}

async function run(command: Command, accountId: string, apiKeys: ApiKeys): Promise<void> {
  switch (command.name) {
    case "create": {
      const { key, value } = await apiKeys.createKey(accountId, { name: command.keyName ?? "" });
      process.stderr.write(`Key ${key.id} of account ${accountId}; it cannot be shown again:\n`);
      process.stdout.write(`${value}\n`);
      return;
    }
    case "list":
      for (const key of await apiKeys.listKeys(accountId)) process.stdout.write(`${line(key)}\n`);
      return;
    case "revoke": {
      const { id } = await apiKeys.revokeKey(accountId, command.keyId ?? "");
      process.stderr.write(`Key ${id} is revoked; a running API may honour it for some seconds more.\n`);
      return;
    }
    case "webhook-secret": {
      const account = await apiKeys.getAccount(accountId);
      for (const secret of account?.webhookSecrets ?? []) process.stdout.write(`${secret}\n`);
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

function line({ id, hint, name, createdAt, lastUsedAt, expiresAt, revokedAt }: ApiKey): string {
  const day = (ms: number | undefined) => (ms === undefined ? "never" : new Date(ms).toISOString().slice(0, 10));
  const expired = expiresAt !== undefined && expiresAt <= Date.now();
  const standing =
    revokedAt !== undefined ? `revoked ${day(revokedAt)}` : expired ? `expired ${day(expiresAt)}` : "live";
  return [id, `${hint}…`, standing, `created ${day(createdAt)}`, `used ${day(lastUsedAt)}`, name].join("  ").trimEnd();
}

function readCommand(args: readonly string[]): Command | "help" {
  const { values, positionals } = parse(args);
  if (values.help) return "help";
  const [name, keyId, ...surplus] = positionals;
  if (name !== "create" && name !== "list" && name !== "revoke" && name !== "webhook-secret") {
    throw badUsage(
      `expected create, list, revoke or webhook-secret, got ${name === undefined ? "nothing" : `"${name}"`}`,
    );
  }
  if (surplus.length > 0 || (keyId !== undefined) !== (name === "revoke")) {
    throw badUsage(name === "revoke" ? "revoke takes one key id, as list shows it" : `${name} takes no "${keyId}"`);
  }
  return {
    name,
    ...(keyId !== undefined && { keyId }),
    ...(values.name !== undefined && { keyName: values.name }),
    ...(values.account !== undefined && { accountId: values.account }),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        name: { type: "string" },
        account: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw error instanceof Error ? badUsage(error.message.split("\n")[0]!) : error;
  }
}

function badUsage(message: string): InvalidInputError {
  return new InvalidInputError("bad_option", `${message}; see: npm run keys -- --help`);
}

try {
  await main(process.argv.slice(2), process.env);
} catch (error) {
  if (!(error instanceof PipelineError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
