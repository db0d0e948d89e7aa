import { parseArgs } from "node:util";
import type { EmbeddedItems } from "../shared/embedded/items.ts";
import { environment } from "../shared/environment.ts";
import { InvalidInputError } from "../shared/errors.ts";
import { Accounts } from "../shared/money/accounts.ts";
import { auditAccount } from "../shared/money/audit-ledger.ts";
import { moneyText } from "../shared/money/decimal-amount.ts";
import { currencyOf } from "../shared/money/price-list.ts";
import { readPrices } from "../shared/money/read-prices.ts";
import { openExistingState } from "../shared/open-state.ts";
import { systemClock } from "../shared/ports/clock.ts";
import type { Items } from "../shared/ports/items.ts";
import { listSetAside } from "../shared/ports/set-aside.ts";
import { runCommand } from "../shared/process/command-line.ts";
import { printable } from "../shared/process/printable.ts";
import { readStateConfig } from "../shared/state-config.ts";

const help = `npm run audit -- [--account ID]

Recomputes every balance, hold and monthly total from the ledger and compares them with the stored values, to the micro-unit.
Names the jobs, webhook messages and leftovers that failed in the background and are set aside until their next try.
Only reads; can run while npm start is running. DATA_DIR (default ./data), or with ${environment.state}=aws the table in ${environment.tableName}.

Balances are shown in the currency of the prices (${environment.prices}), differences as whole micro-units and counts.

Exit status: 0 no differences, 1 differences (one per line), 2 wrong usage.
`;

/** @returns the exit status */
async function main(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const options = readOptions(args);
  if (options === "help") {
    process.stdout.write(help);
    return 0;
  }
  process.umask(0o077);
  const state = await openExistingState(readStateConfig(env));
  try {
    const { items } = state;
    // Without one the end of the ledger must be read between two movements of money.
    const within = <T>(work: () => Promise<T>) => (hasSnapshots(items) ? items.snapshot(work) : work());
    const accounts = new Accounts({ items: state.items, clock: systemClock });
    const wanted = options.account === undefined ? await accounts.list() : [await accounts.get(options.account)];
    const currency = currencyOf(readPrices(env[environment.prices]));
    let differences = 0;
    for (const { id, name } of wanted) {
      const { entries, holds, available, held, discrepancies } = await within(() => auditAccount(state.items, id));
      differences += discrepancies.length;
      const verdict = discrepancies.length === 0 ? "adds up" : `${discrepancies.length} differences`;
      process.stdout.write(
        `${id}  ${printable(name)}  ${entries} entries, ${holds} holds, available ${moneyText(available, currency)}, ` +
          `held ${moneyText(held, currency)}: ` +
          `${verdict}\n`,
      );
      for (const { what, expected, found } of discrepancies) {
        process.stdout.write(`${id}  ${what}: the ledger says ${expected}, found ${found}\n`);
      }
    }
    process.stdout.write(`${wanted.length} accounts, ${differences} differences\n`);
    for await (const { kind, id, count, reason, since, nextAt } of listSetAside(state.items)) {
      const [first, next] = [since, nextAt].map((at) => new Date(at).toISOString());
      process.stdout.write(
        `set aside: ${kind} ${id} failed ${count} times since ${first}, next try ${next}: ${printable(reason)}\n`,
      );
    }
    return differences === 0 ? 0 : 1;
  } finally {
    await state.close();
  }
}

function hasSnapshots(items: Items): items is EmbeddedItems {
  return "snapshot" in items;
}

function readOptions(args: readonly string[]): { readonly account?: string } | "help" {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { account: { type: "string" }, help: { type: "boolean", short: "h" } },
    });
    if (values.help) return "help";
    return values.account === undefined ? {} : { account: values.account };
  } catch (error) {
    throw error instanceof Error
      ? new InvalidInputError("bad_option", `${error.message.split("\n")[0]} See: npm run audit -- --help`)
      : error;
  }
}

await runCommand(() => main(process.argv.slice(2), process.env));
