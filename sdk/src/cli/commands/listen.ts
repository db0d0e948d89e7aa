import type { WebhookDelivery, WebhookEndpointRequest } from "../../api.ts";
import type { ZImageClient } from "../../client.ts";
import { ConnectionError, TimeoutError } from "../../errors.ts";
import { sleep } from "../../http/sleep.ts";
import { signWebhook } from "../../standard-webhooks.ts";
import { type Command, type Context, UsageError } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { number, text } from "../option-values.ts";

const defaultIntervalS = 1;
const forwardTimeoutMs = 15_000;
/** Never called: the endpoint is off from the start. `.invalid` is reserved for names that lead nowhere (RFC 2606). */
const nowhere = "https://zimage-webhooks-listen.invalid/";

export const listen: Command = {
  name: "webhooks listen",
  summary: "forward the account's webhooks to a server on this machine",
  options: {
    "forward-to": { type: "string", value: "URL", help: "URL of the server, for example http://127.0.0.1:3000/hook." },
    events: { type: "string", value: "A,B", help: "Event types. Default: those that end a job." },
    secret: { type: "string", value: "whsec_…", help: "Sign with this secret instead of a new one." },
    interval: { type: "string", value: "S", help: "Polling interval in seconds. Default 1." },
  },
  notes: `The API cannot reach this machine, so nothing is sent from there. This command creates a disabled webhook endpoint: the API
logs a delivery for every event and sends none. The log is read every --interval, and each message is put together here as the API
would have: same webhook-id, same body, signed as Standard Webhooks says. Ctrl-C deletes the endpoint.
What differs: events that are about no job are left out, data is the job at the moment of forwarding, a response other than 2xx is shown and not tried again, and bodies of more
than 20 kB are not shortened.`,
  async run({ values }, context) {
    const target = forwardUrl(text(values, "forward-to"));
    const intervalMs = (number(values, "interval") ?? defaultIntervalS) * 1_000;
    const events = text(values, "events");
    const client = await context.client();
    const request = {
      url: nowhere,
      enabled: false,
      description: "zimage webhooks listen",
      events: events?.split(","),
    } as WebhookEndpointRequest;
    const endpoint = await client.webhookEndpoints.create(request, { signal: context.signal });
    const secret = text(values, "secret") ?? endpoint.secret ?? "";
    if (context.json) context.terminal.json({ type: "listening", endpoint: endpoint.id, secret });
    else {
      context.terminal.note(`Forwarding to ${target}; Ctrl-C ends it. Signed with:`);
      context.terminal.print(secret);
    }
    try {
      await forwardAll(client, endpoint.id, { target, secret, intervalMs }, context);
    } finally {
      await client.webhookEndpoints.delete(endpoint.id);
    }
    return exitCodes.ok;
  },
};

function forwardUrl(given: string | undefined): string {
  if (given === undefined || !/^https?:\/\//.test(given)) {
    throw new UsageError(
      `--forward-to must be an address such as http://127.0.0.1:3000/hook, got ${JSON.stringify(given ?? "none")}`,
    );
  }
  return given;
}

interface Forwarding {
  readonly target: string;
  readonly secret: string;
  readonly intervalMs: number;
}

/** Runs until the signal aborts. It retries while the API is unreachable. */
async function forwardAll(
  client: ZImageClient,
  endpointId: string,
  forwarding: Forwarding,
  context: Context,
): Promise<void> {
  const { terminal, signal } = context;
  const forwarded = new Set<string>();
  while (!signal.aborted) {
    try {
      for (const delivery of await newDeliveries(client, endpointId, forwarded, signal)) {
        await forward(client, delivery, forwarding, context);
        forwarded.add(delivery.id);
      }
      await sleep(forwarding.intervalMs, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ConnectionError || error instanceof TimeoutError)) throw error;
      terminal.note(error.message);
    }
  }
}

/** Oldest first. */
async function newDeliveries(
  client: ZImageClient,
  endpointId: string,
  known: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<WebhookDelivery[]> {
  const found: WebhookDelivery[] = [];
  for await (const { data } of client.webhookEndpoints.deliveries(endpointId, {}, { signal }).pages()) {
    const fresh = data.filter(({ id }) => !known.has(id));
    found.push(...fresh);
    // Newest first: behind one that is known lie only those that are.
    if (fresh.length < data.length) break;
  }
  return found.reverse();
}

async function forward(
  client: ZImageClient,
  { id, type, job_id: jobId, created_at: timestamp }: WebhookDelivery,
  { target, secret }: Forwarding,
  { terminal, json, signal }: Context,
): Promise<void> {
  // Only job events can be rebuilt here; the payloads of other events exist only in the API.
  if (jobId === null) return;
  const body = JSON.stringify({ type, timestamp, data: await client.jobs.get(jobId, { signal }) });
  const headers = await signWebhook({ id, timestampS: Math.floor(Date.now() / 1_000), body }, secret);
  const result = await fetch(target, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
    redirect: "manual",
    signal: AbortSignal.any([signal, AbortSignal.timeout(forwardTimeoutMs)]),
  }).then(
    async (response) => {
      await response.body?.cancel();
      return String(response.status);
    },
    (error: Error) => {
      signal.throwIfAborted();
      return error.cause instanceof Error ? error.cause.message || "unreachable" : error.message;
    },
  );
  if (json) terminal.json({ type: "forwarded", id, event: type, job: jobId, response: result, answer: result });
  else
    terminal.print(
      `${type} ${jobId} ${id} -> ` +
        `${/^2\d\d$/.test(result) ? terminal.colour("green", result) : terminal.colour("red", result)}`,
    );
}
