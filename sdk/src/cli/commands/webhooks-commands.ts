import type { WebhookDelivery, WebhookEndpoint, WebhookEndpointRequest } from "../../api.ts";
import { type Command, UsageError } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { flag, number, text, time } from "../option-values.ts";
import { listen } from "./listen.ts";

const endpoint = { name: "ENDPOINT", required: true };
const endpointOrDefault = { name: "ENDPOINT" };

const list: Command = {
  name: "webhooks list",
  summary: "list the account's webhook endpoints",
  async run(_, { client, terminal, json, signal }) {
    const found = await (await client()).webhookEndpoints.list({ signal });
    if (json) for (const each of found) terminal.json(each);
    else terminal.table([["ENDPOINT", "STATE", "EVENTS", "URL"], ...found.map(row)]);
    return exitCodes.ok;
  },
};

function row({ id, enabled, disabled_reason, events, url }: WebhookEndpoint): string[] {
  return [id, enabled ? "on" : (disabled_reason ?? "off"), events.length === 0 ? "all" : events.join(","), url];
}

const add: Command = {
  name: "webhooks add",
  summary: "create a webhook endpoint",
  positionals: [{ name: "URL", required: true }],
  options: {
    events: { type: "string", value: "A,B", help: "Event types. Default: all except job.started and job.progress." },
    description: { type: "string", value: "TEXT", help: "Display name." },
  },
  async run({ values, positionals: [url = ""] }, { client, terminal, json, signal }) {
    const [events, description] = [text(values, "events"), text(values, "description")];
    const request = {
      url,
      events: events?.split(","),
      description,
    } as WebhookEndpointRequest;
    const made = await (await client()).webhookEndpoints.create(request, { signal });
    if (json) terminal.json(made);
    else {
      terminal.note(`${made.id}; its secret is not shown again:`);
      terminal.print(made.secret ?? "");
    }
    return exitCodes.ok;
  },
};

const remove: Command = {
  name: "webhooks remove",
  summary: "delete an endpoint; its unsent messages are discarded",
  positionals: [endpoint],
  async run({ positionals: [id = ""] }, { client, terminal, json, signal }) {
    await (await client()).webhookEndpoints.delete(id, { signal });
    if (json) terminal.json({ type: "removed", id });
    else terminal.print(`${id} removed`);
    return exitCodes.ok;
  },
};

const test: Command = {
  name: "webhooks test",
  summary: "send an endpoint a message of type webhook.test",
  positionals: [endpoint],
  async run({ positionals: [id = ""] }, { client, terminal, json, signal }) {
    const delivery = await (await client()).webhookEndpoints.test(id, { signal });
    if (json) terminal.json(delivery);
    else terminal.print(`${delivery.id} is on its way; see: zimage webhooks deliveries ${id}`);
    return exitCodes.ok;
  },
};

const deliveries: Command = {
  name: "webhooks deliveries",
  summary: "list messages with the results of their attempts, newest first",
  positionals: [endpointOrDefault],
  options: {
    status: {
      type: "string",
      value: "S",
      choices: ["pending", "sending", "delivered", "failed", "disabled", "skipped"],
      help: "Only those with this status.",
    },
    limit: { type: "string", value: "N", help: "Maximum number. Default 20." },
  },
  notes: "Without ENDPOINT: jobs' own webhooks.",
  async run({ values, positionals: [id = "default"] }, { client, terminal, json, signal }) {
    const [status, limit] = [text(values, "status"), number(values, "limit") ?? 20];
    const filter = status === undefined ? {} : { status: status as WebhookDelivery["status"] };
    const rows = [["DELIVERY", "STATUS", "TRIES", "RESPONSE", "TYPE", "JOB"]];
    let count = 0;
    for await (const each of (await client()).webhookEndpoints.deliveries(id, filter, { signal })) {
      if (count++ >= limit) break;
      if (json) terminal.json(each);
      else {
        const last = each.responses.at(-1);
        const response = last?.status_code ?? last?.error?.code ?? "-";
        rows.push([each.id, each.status, String(each.attempts), String(response), each.type, each.job_id ?? "-"]);
      }
    }
    if (!json) terminal.table(rows);
    return exitCodes.ok;
  },
};

const redeliver: Command = {
  name: "webhooks redeliver",
  summary: "send messages again, under the same webhook-id",
  positionals: [{ name: "DELIVERY", required: true, rest: true }],
  async run({ positionals }, { client, terminal, json, signal }) {
    for (const id of positionals) {
      const delivery = await (await client()).webhookEndpoints.redeliver(id, { signal });
      if (json) terminal.json(delivery);
      else terminal.print(`${id} ${delivery.status}`);
    }
    return exitCodes.ok;
  },
};

const replay: Command = {
  name: "webhooks replay",
  summary: "send messages again that were created since a given time",
  positionals: [endpointOrDefault],
  options: {
    since: { type: "string", value: "TIME", help: "A time, or an age such as 24h or 7d." },
    all: { type: "boolean", help: "Include messages already delivered." },
  },
  async run({ values, positionals: [id = "default"] }, { client, terminal, json, signal }) {
    const since = time(values, "since", Date.now());
    if (since === undefined) throw new UsageError("--since is needed, for example --since 24h");
    const which = flag(values, "all") ? "all" : "undelivered";
    const replayed = await (await client()).webhookEndpoints.replay(id, { since, which }, { signal });
    if (json) terminal.json(replayed);
    else
      terminal.print(
        `${replayed.count} messages${replayed.next_since === null ? "" : `; go on with --since ${replayed.next_since}`}`,
      );
    return exitCodes.ok;
  },
};

const secret: Command = {
  name: "webhooks secret",
  summary: "print the secret that signs jobs' own webhooks",
  async run(_, { client, terminal, json, signal }) {
    const value = await (await client()).webhookEndpoints.defaultSecret({ signal });
    if (json) terminal.json({ secret: value });
    else terminal.print(value);
    return exitCodes.ok;
  },
};

const rotateSecret: Command = {
  name: "webhooks rotate-secret",
  summary: "make a new secret; the old one signs as well for 24 hours",
  positionals: [endpointOrDefault],
  notes: "Without ENDPOINT: the secret of jobs' own webhooks.",
  async run({ positionals: [id] }, { client, terminal, json, signal }) {
    const { webhookEndpoints } = await client();
    const { secret: value } =
      id === undefined || id === "default"
        ? { secret: (await webhookEndpoints.rotateDefaultSecret({ signal })).key }
        : await webhookEndpoints.rotateSecret(id, { signal });
    if (json) terminal.json({ secret: value });
    else terminal.print(value ?? "");
    return exitCodes.ok;
  },
};

export const webhooksCommands = [list, add, remove, test, deliveries, redeliver, replay, secret, rotateSecret, listen];
