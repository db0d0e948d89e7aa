import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { credentialsFolder } from "../gpu-worker/provenance/c2pa/credentials-folder.ts";
import { readAllCertificates } from "../gpu-worker/provenance/c2pa/signing-key.ts";
import { environment } from "../shared/environment.ts";
import { InvalidInputError } from "../shared/errors.ts";
import { recordRetentionS } from "../shared/limits.ts";
import { openExistingState } from "../shared/open-state.ts";
import { systemClock } from "../shared/ports/clock.ts";
import type { Items } from "../shared/ports/items.ts";
import { runCommand } from "../shared/process/command-line.ts";
import { derCertificates } from "../shared/provenance/signing/pem-certificates.ts";
import { readChains } from "../shared/provenance/signing/stored-chains.ts";
import { checkRecords } from "../shared/records/check-records.ts";
import { eraseRecords } from "../shared/records/erase-records.ts";
import { exportRecords, openPrompt } from "../shared/records/export-records.ts";
import { dayOf } from "../shared/records/job-proof.ts";
import { readRecordKeys } from "../shared/records/record-key.ts";
import { readStateConfig, type StateConfig } from "../shared/state-config.ts";

const help = `npm run records -- verify|export|erase [options]

The record of what was made: one for each job that ended, kept for five years, chained by day, each day signed.

  verify   computes the chain again and names every record that was removed, added, changed or moved
  export   one JSON document a line: each record with its place in the chain, then the signed roots of the days
  erase    removes the texts of an account's records for good; the chain stays whole
           --account ID   the account (needed)

  --from DAY   first day, YYYY-MM-DD (UTC); default: five years ago
  --to DAY     last day; default: today
  --decrypt    export: prompts that ${environment.recordKey} or ${environment.recordKeyFile} sealed, as prompt and negative_prompt
  --certificate PEM   verify: file with the certificates that roots must be signed by; default: those of the data folder,
                      or of the deployment
  --help       this text

DATA_DIR (default ./data), or with ${environment.state}=aws the table in ${environment.tableName}. Can run while npm start is running.
Exit status: 0 all is as it was written, 1 it is not, 2 wrong usage.
`;

const dayForm = /^\d{4}-\d{2}-\d{2}$/;

interface Options {
  readonly command: "verify" | "export" | "erase";
  readonly from: string;
  readonly to: string;
  readonly account?: string;
  readonly certificate?: string;
  readonly decrypt?: boolean;
}

/** @returns the exit status */
async function main(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const options = readOptions(args);
  if (options === "help") {
    process.stdout.write(help);
    return 0;
  }
  process.umask(0o077);
  const config = readStateConfig(env);
  const state = await openExistingState(config);
  try {
    if (options.command === "export") return await writeExport(state.items, options, env);
    if (options.command === "erase") return await erase(state.items, options);
    return await verify(state.items, options, await trustedCertificates(options.certificate, config, state.items, env));
  } finally {
    await state.close();
  }
}

async function verify(
  items: Items,
  range: Pick<Options, "from" | "to">,
  certificates: readonly string[] | undefined,
): Promise<number> {
  const started = performance.now();
  const { days, records, erased, faults, faultCount } = await checkRecords(items, {
    ...range,
    now: systemClock.now(),
    certificates,
  });
  for (const fault of faults) process.stdout.write(`${fault}\n`);
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  process.stdout.write(`${days} days, ${records} records (${erased} erased), ${faultCount} faults; ${seconds} s\n`);
  return faultCount === 0 ? 0 : 1;
}

async function writeExport(
  items: Items,
  { decrypt, ...range }: Pick<Options, "from" | "to" | "decrypt">,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const keys = decrypt ? readRecordKeys(env) : [];
  if (decrypt && keys.length === 0) {
    throw badOption(`--decrypt needs the key in ${environment.recordKey}, or ${environment.recordKeyFile}`);
  }
  for await (const exported of exportRecords(items, range)) {
    const line = decrypt ? { ...exported, ...openPrompt(exported, keys) } : exported;
    if (!process.stdout.write(`${JSON.stringify(line)}\n`)) {
      await new Promise<void>((drained) => process.stdout.once("drain", drained));
    }
  }
  return 0;
}

async function erase(items: Items, { account, from, to }: Options): Promise<number> {
  if (account === undefined) throw badOption("erase needs --account ID");
  const erased = await eraseRecords(items, { account, from, to, now: systemClock.now() });
  process.stdout.write(`erased ${erased} records of ${account}\n`);
  return 0;
}

/** PEM of those that roots may be signed by: of a file, of the data folder, or on AWS of the deployment's table. */
async function trustedCertificates(
  named: string | undefined,
  config: StateConfig,
  items: Items,
  env: NodeJS.ProcessEnv,
): Promise<readonly string[] | undefined> {
  if (named === undefined) {
    const folder = credentialsFolder(env, config.kind === "embedded" ? config.dataDir : undefined);
    const local = folder === undefined ? [] : await readAllCertificates(folder);
    const stored = config.kind === "aws" ? (await readChains(items)).map(({ pem }) => derCertificates(pem)) : [];
    const own = [...local, ...stored].map(([first]) => new X509Certificate(first!).toString());
    return own.length === 0 ? undefined : own;
  }
  const text = await readFile(named, "utf8").catch((error: Error) => {
    throw badOption(`${named} cannot be read: ${error.message}`);
  });
  return text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? undefined;
}

function readOptions(args: readonly string[]): Options | "help" {
  const { values, positionals } = parsed(args);
  if (values.help) return "help";
  const [command, ...more] = positionals;
  if (more.length > 0 || (command !== "verify" && command !== "export" && command !== "erase")) {
    throw badOption(`expected verify, export or erase, got ${JSON.stringify(positionals.join(" "))}`);
  }
  const now = systemClock.now();
  const { from = dayOf(now - recordRetentionS * 1_000), to = dayOf(now), account, certificate } = values;
  for (const [name, day] of [
    ["from", from],
    ["to", to],
  ] as const) {
    if (!dayForm.test(day) || Number.isNaN(Date.parse(day)))
      throw badOption(`--${name} must be a day such as 2026-12-01, got ${JSON.stringify(day)}`);
  }
  return { command, from, to, account, certificate, decrypt: values.decrypt };
}

function parsed(args: readonly string[]) {
  try {
    const text = { type: "string" } as const;
    const options = {
      from: text,
      to: text,
      account: text,
      certificate: text,
      decrypt: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    } as const;
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    throw error instanceof Error ? badOption(error.message.split("\n")[0]!) : error;
  }
}

function badOption(message: string): InvalidInputError {
  return new InvalidInputError("bad_option", `${message}; see: npm run records -- --help`);
}

await runCommand(() => main(process.argv.slice(2), process.env));
