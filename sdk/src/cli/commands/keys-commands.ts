import type { Key, KeyChange, KeyRequest } from "../../api.ts";
import { type Command, type CommandInput, type Context, type Options, UsageError } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { number, text, time } from "../option-values.ts";
import { printable } from "../terminal.ts";

const key = { name: "KEY_ID", required: true };

const list: Command = {
  name: "keys list",
  summary: "list the account's API keys, without their values",
  async run(_, { client, terminal, json, signal }) {
    const found = await (await client()).keys.list({ signal });
    if (json) for (const each of found) terminal.json(each);
    else {
      const rows = found.map((each) => [
        each.id,
        each.hint,
        stateOf(each),
        each.last_used_at?.slice(0, 13).replace("T", " ") ?? "never",
        each.scopes.join(","),
        each.name,
      ]);
      terminal.table([["KEY", "BEGINS", "STATE", "LAST USED", "SCOPES", "NAME"], ...rows]);
    }
    return exitCodes.ok;
  },
};

function stateOf({ revoked_at, expires_at }: Key): string {
  if (revoked_at !== null) return "revoked";
  return expires_at !== null && Date.parse(expires_at) <= Date.now() ? "expired" : "active";
}

const limitNames = ["monthly-cap", "max-open-jobs", "requests-per-minute"] as const;

const settings: Options = {
  name: { type: "string", value: "TEXT", help: "Display name." },
  "deduplication-window": {
    type: "string",
    value: "S",
    help:
      "For S seconds after a response, an equal request without Idempotency-Key and seed returns the same job. " +
      "0: never; auto: the default.",
  },
  "monthly-cap": { type: "string", value: "N", help: "Spending cap per calendar month, in micro-units." },
  "max-open-jobs": { type: "string", value: "N", help: "Maximum number of open jobs." },
  "requests-per-minute": {
    type: "string",
    value: "N",
    help: "Maximum number of requests per minute; more are refused with 429.",
  },
};

/** Changes of a key from the options; `none` removes a limit. */
function settingsOf(values: CommandInput["values"]): KeyChange {
  const name = text(values, "name");
  const isAuto = text(values, "deduplication-window") === "auto";
  const deduplication_window_s = isAuto ? null : number(values, "deduplication-window");
  const limits = Object.fromEntries(
    limitNames
      .map((option) => [option.replaceAll("-", "_"), text(values, option) === "none" ? null : number(values, option)])
      .filter(([, value]) => value !== undefined),
  );
  return {
    name,
    deduplication_window_s,
    limits: Object.keys(limits).length > 0 ? limits : undefined,
  };
}

const create: Command = {
  name: "keys create",
  summary: "create a key; its value is not shown again",
  options: {
    ...settings,
    scopes: { type: "string", value: "A,B", help: "A subset of your own key's scopes. Default: all of them." },
    expires: { type: "string", value: "TIME", help: "Expiry time. Default: never." },
  },
  async run({ values }, context) {
    const { client, signal } = context;
    const [scopes, expires_at] = [text(values, "scopes"), time(values, "expires", Date.now())];
    const request = {
      ...settingsOf(values),
      scopes: scopes?.split(","),
      expires_at,
    } as KeyRequest;
    return printNew(await (await client()).keys.create(request, { signal }), context);
  },
};

const update: Command = {
  name: "keys update",
  summary: "change a key's name, limits or deduplication window",
  positionals: [key],
  options: settings,
  notes: "Options not given are unchanged. A limit of none removes the limit.",
  async run({ values, positionals: [id = ""] }, { client, terminal, json, signal }) {
    const change = settingsOf(values);
    if (Object.values(change).every((value) => value === undefined))
      throw new UsageError("keys update needs what to change");
    const changed = await (await client()).keys.update(id, change, { signal });
    if (json) terminal.json(changed);
    else terminal.print(`${id} updated`);
    return exitCodes.ok;
  },
};

const rotate: Command = {
  name: "keys rotate",
  summary: "rotate a key: create a new value; the old one stays valid for a while",
  positionals: [key],
  options: { overlap: { type: "string", value: "S", help: "Seconds for which both values are valid. Default 86400." } },
  async run({ values, positionals: [id = ""] }, context) {
    const overlap_s = number(values, "overlap");
    const rotation = overlap_s === undefined ? {} : { overlap_s };
    return printNew(await (await context.client()).keys.rotate(id, rotation, { signal: context.signal }), context);
  },
};

/** Prints the value alone on standard output, for pipes; its key's details go to standard error. */
function printNew(made: Key, { terminal, json }: Context): number {
  if (json) terminal.json(made);
  else {
    terminal.note(`${made.id}${made.name === "" ? "" : ` (${printable(made.name)})`}; the value is not shown again:`);
    terminal.print(made.value ?? "");
  }
  return exitCodes.ok;
}

const revoke: Command = {
  name: "keys revoke",
  summary: "revoke a key",
  positionals: [key],
  async run({ positionals: [id = ""] }, { client, terminal, json, signal }) {
    const revoked = await (await client()).keys.revoke(id, { signal });
    if (json) terminal.json(revoked);
    else terminal.print(`${id} revoked`);
    return exitCodes.ok;
  },
};

export const keysCommands = [list, create, update, rotate, revoke];
