import { parseArgs } from "node:util";
import { ulid } from "ulid";
import type { Account } from "../shared/access/account.ts";
import { ApiKeys } from "../shared/access/api-keys.ts";
import { environment } from "../shared/environment.ts";
import { Accounts, type TermChanges } from "../shared/money/accounts.ts";
import { moneyText } from "../shared/money/decimal-amount.ts";
import { currencyOf } from "../shared/money/price-list.ts";
import { readPrices } from "../shared/money/read-prices.ts";
import { reportAgain, unreportedUsage } from "../shared/money/unreported-usage.ts";
import { openExistingState } from "../shared/open-state.ts";
import { systemClock } from "../shared/ports/clock.ts";
import type { Items } from "../shared/ports/items.ts";
import { commandLine, runCommand } from "../shared/process/command-line.ts";
import { printable } from "../shared/process/printable.ts";
import { readStateConfig } from "../shared/state-config.ts";
import { readLimits, shownLimits } from "./limit-options.ts";

const help = `npm run accounts -- COMMAND [options]

  create [--name TEXT] [TERMS]    create an account and print its id
  list                            list all accounts with balance and terms
  show ID                         show an account
  set ID TERMS                    change its terms; none removes a term
  credit ID AMOUNT --reference R [--note TEXT]
                                  credit the account (negative: debit); a repeated reference is applied once
  unreported [--again]            list charges that the billing system refused, with its reason; --again reports them again

  TERMS  --unlimited yes|no          the balance may become negative
         --monthly-cap N             spending cap per calendar month (UTC), in micro-units
         --requests-per-minute N     limit for all its keys together
         --max-open-jobs N           maximum number of open jobs
         --weight N                  accepted for older scripts, without effect: accounts take equal turns
         --low-balance N             send balance.low to its webhook endpoints below this balance
         --meter-customer ID         customer id in the billing system

Amounts are given as whole micro-units (with prices in USD, 1000000 is one dollar) and shown in the currency of the prices
(${environment.prices}).
DATA_DIR (default ./data), or with ${environment.state}=aws the table in ${environment.tableName}. Can run while npm start is running.
`;

const termOptions = [
  { option: "monthly-cap", name: "monthlyCap", min: 0 },
  { option: "requests-per-minute", name: "requestsPerMinute", min: 1 },
  { option: "max-open-jobs", name: "maxOpenJobs", min: 1 },
  { option: "low-balance", name: "lowBalance", min: 0 },
  { option: "weight", name: "weight", min: 1 },
] as const;

interface Stores {
  readonly accounts: Accounts;
  readonly apiKeys: ApiKeys;
  readonly items: Items;
}

const { badUsage, parse } = commandLine("accounts");

async function main(args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const { values, positionals } = parseArguments(args);
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const command = commandFor(values, positionals, currencyOf(readPrices(env[environment.prices])));
  process.umask(0o077);
  const state = await openExistingState(readStateConfig(env));
  try {
    const { items } = state;
    const stores = {
      items,
      accounts: new Accounts({ items, clock: systemClock }),
      apiKeys: new ApiKeys({ items, clock: systemClock, newId: () => ulid() }),
    };
    await command(stores);
  } finally {
    await state.close();
  }
}

type Values = ReturnType<typeof parseArguments>["values"];

/** The command to run. Everything that can be wrong in the command line is checked before the store is opened. */
function commandFor(
  values: Values,
  [name, ...rest]: readonly string[],
  currency: string,
): (stores: Stores) => Promise<void> {
  const line = (account: Account, accounts: Accounts) => accountLine(account, accounts, currency);
  const takes = (count: number, what: string) => {
    if (rest.length !== count) throw badUsage(`${name} takes ${what}`);
  };
  const terms = readTerms(values);
  const [id = "", amount = ""] = rest;
  switch (name) {
    case "create": {
      takes(0, "no arguments");
      return async ({ apiKeys }) => {
        const wanted = Object.fromEntries(Object.entries(terms).filter(([, value]) => value !== undefined));
        process.stdout.write(`${(await apiKeys.createAccount(values.name, wanted)).id}\n`);
      };
    }
    case "list":
      takes(0, "no arguments");
      return async ({ accounts }) => {
        for (const account of await accounts.list()) process.stdout.write(await line(account, accounts));
      };
    case "show":
      takes(1, "one account id, as list shows it");
      return async ({ accounts }) => void process.stdout.write(await line(await accounts.get(id), accounts));
    case "set":
      takes(1, "one account id, as list shows it");
      if (Object.keys(terms).length === 0) throw badUsage("set needs at least one term");
      return async ({ accounts }) =>
        void process.stdout.write(await line(await accounts.setTerms(id, terms), accounts));
    case "credit": {
      takes(2, "an account id and an amount");
      if (!/^-?\d+$/.test(amount)) throw badUsage(`the amount must be whole micro-units, got "${amount}"`);
      if (values.reference === undefined) throw badUsage("credit needs --reference, such as an invoice number");
      const { reference, note } = values;
      return async ({ accounts }) => {
        const credit = { amount: Number(amount), reference, note };
        const { replayed } = await accounts.credit(id, credit);
        if (replayed) process.stderr.write(`Reference ${reference} was credited before; nothing changed.\n`);
        process.stdout.write(await line(await accounts.get(id), accounts));
      };
    }
    case "unreported":
      takes(0, "no arguments");
      return ({ items }) => listUnreported(items, { currency, again: values.again ?? false });
    default:
      throw badUsage(
        `expected create, list, show, set, credit or unreported, got ${name === undefined ? "nothing" : `"${name}"`}`,
      );
  }
}

async function listUnreported(
  items: Items,
  { currency, again }: { readonly currency: string; readonly again: boolean },
): Promise<void> {
  for await (const { id, accountId, customer, charged, failure } of unreportedUsage(items)) {
    const parts = [id, accountId, printable(customer), `charged ${moneyText(charged, currency)}`, printable(failure)];
    process.stdout.write(`${parts.join("  ")}\n`);
  }
  if (again) process.stdout.write(`${await reportAgain(items, systemClock)} charges are reported again\n`);
}

function readTerms(values: Values): TermChanges {
  const { unlimited } = values;
  if (unlimited !== undefined && unlimited !== "yes" && unlimited !== "no") {
    throw badUsage(`--unlimited must be yes or no, got "${unlimited}"`);
  }
  const customer = values["meter-customer"];
  // A term that is named with `undefined` is taken away; one that is not named stays.
  return {
    ...readLimits(values, termOptions),
    ...(unlimited !== undefined && { unlimited: unlimited === "yes" ? true : undefined }),
    ...(customer !== undefined && { meterCustomer: customer === "none" ? undefined : customer }),
  };
}

async function accountLine({ id, name, terms = {} }: Account, accounts: Accounts, currency: string): Promise<string> {
  const { available, held, openJobs, spentThisMonth } = await accounts.balance(id);
  const money = (amount: number) => moneyText(amount, currency);
  const parts = [
    id,
    `available ${money(available)}`,
    `held ${money(held)}`,
    `open jobs ${openJobs}`,
    `this month ${money(spentThisMonth)}`,
    JSON.stringify(shownLimits(terms, currency)),
    printable(name),
  ];
  return `${parts.join("  ").trimEnd()}\n`;
}

function parseArguments(args: readonly string[]) {
  const text = { type: "string" } as const;
  // A negative amount is no option.
  const escaped = args.map((arg) => (/^-\d+$/.test(arg) ? ` ${arg}` : arg));
  const { values, positionals } = parse(() =>
    parseArgs({
      args: escaped,
      allowPositionals: true,
      options: {
        name: text,
        reference: text,
        note: text,
        unlimited: text,
        "meter-customer": text,
        "low-balance": text,
        "monthly-cap": text,
        "requests-per-minute": text,
        "max-open-jobs": text,
        weight: text,
        again: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }),
  );
  return { values, positionals: positionals.map((arg) => arg.trim()) };
}

await runCommand(() => main(process.argv.slice(2), process.env));
