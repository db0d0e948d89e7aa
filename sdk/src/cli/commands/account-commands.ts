import type { Command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { flag, text, time } from "../option-values.ts";

const balance: Command = {
  name: "balance",
  summary: "show the available balance and the amount held for open jobs",
  async run(_, { client, terminal, json, signal }) {
    const found = await (await client()).balance({ signal });
    if (json) terminal.json(found);
    else {
      const { currency } = found;
      terminal.table([
        [
          "available",
          found.unlimited
            ? `unlimited (${found.available_decimal} ${currency})`
            : `${found.available_decimal} ${currency}`,
        ],
        ["held", `${found.held_decimal} ${currency} for ${found.open_jobs} open jobs`],
        [
          "this month",
          `${found.spent_this_month_decimal} ${currency}` +
            (found.monthly_cap_decimal === null ? "" : ` of ${found.monthly_cap_decimal} ${currency}`),
        ],
      ]);
    }
    return exitCodes.ok;
  },
};

const usage: Command = {
  name: "usage",
  summary: "show what was charged",
  options: {
    by: {
      type: "string",
      value: "GROUP",
      choices: ["day", "key", "model"],
      help: "Group by day (default), key, model, several of them such as day,key, or metadata.NAME.",
    },
    from: { type: "string", value: "TIME", help: "Start: a time, or an age such as 24h or 7d. Default: 30 days ago." },
    to: { type: "string", value: "TIME", help: "End of the period. Default: now." },
    csv: { type: "boolean", help: "Print CSV." },
  },
  async run({ values }, { client, terminal, json, signal }) {
    const [by, from, to] = [text(values, "by"), time(values, "from", Date.now()), time(values, "to", Date.now())];
    const query = {
      group_by: by,
      from,
      to,
    };
    if (flag(values, "csv")) {
      terminal.print((await (await client()).usageCsv(query, { signal })).trimEnd());
      return exitCodes.ok;
    }
    const found = await (await client()).usage(query, { signal });
    if (json) terminal.json(found);
    else {
      const rows = found.data.map(({ group, jobs, images, charged_decimal: charged }) => [
        group,
        String(jobs),
        String(images),
        `${charged} ${found.currency}`,
      ]);
      terminal.table([
        [found.group_by.toUpperCase(), "JOBS", "IMAGES", "CHARGED"],
        ...rows,
        ["all", "", "", `${found.charged_decimal} ${found.currency}`],
      ]);
    }
    return exitCodes.ok;
  },
};

const models: Command = {
  name: "models",
  summary: "list the models, the default first",
  async run(_, { client, terminal, json, signal }) {
    const found = await (await client()).models({ signal });
    if (json) for (const model of found) terminal.json(model);
    else {
      const rows = found.map(({ id, defaults, capabilities }) => [
        id,
        `${defaults.width}x${defaults.height}`,
        String(defaults.steps),
        capabilities.join(" "),
      ]);
      terminal.table([["MODEL", "SIZE", "STEPS", "CAPABILITIES"], ...rows]);
    }
    return exitCodes.ok;
  },
};

export const accountCommands = [balance, usage, models];
