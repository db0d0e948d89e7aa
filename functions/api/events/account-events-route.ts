import { type Context, Hono } from "hono";
import * as z from "zod";
import { parseFields } from "../../../shared/request/field-errors.ts";
import { listRuns } from "../../runs/run-store.ts";
import { presentRun } from "../catalogue/present-run.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { requestLanguage } from "../http/request-language.ts";
import { requestLinks } from "../http/request-links.ts";
import { eventStreamHeaders, ping, reconnectSoon, serverSentEvent } from "../http/server-sent-event.ts";
import { streamBody, withHeartbeat } from "../http/stream-body.ts";
import { eventsQuerySchema } from "../jobs/job-events.ts";
import { presentPlace } from "../jobs/present-job.ts";
import { type AccountEvent, followAccount } from "./follow-account.ts";
import { asksForJob, presentEvent } from "./present-event.ts";

export const lastAccountEventIdSchema = z.strictObject({
  "Last-Event-ID": z
    .string()
    .regex(/^\d{1,15}$/, "must be the id of an event of this stream")
    .optional()
    .describe("Resume after this event. Events of the five seconds before it come again."),
});

/** Newest runs whose state is told. */
const toldRuns = 5;

/** Where a response occupies an invocation: without an open job it ends itself, and the client comes back later. */
const idleEndMs = 2_000;
const reconnectLater = "retry: 10000\n\n";

/**
 * `GET /v1/events`: the events of all jobs of the account, and the state of its newest runs, over one connection. An
 * event's id is a time: the same event may come twice after a reconnection, and `job_id` with `seq` tells.
 */
export function accountEventsRoute(dependencies: RouteDependencies): Hono<ApiEnv> {
  const { accountStreams, clock, log, longestResponseMs } = dependencies;
  return new Hono<ApiEnv>().get("/", dependencies.authenticate("jobs:read"), (c) => {
    const query = parseFields(eventsQuerySchema, c.req.query());
    const lastEventId = c.req.header("last-event-id");
    const known = parseFields(
      lastAccountEventIdSchema,
      lastEventId === undefined ? {} : { "Last-Event-ID": lastEventId },
    );
    const { accountId } = c.get("identity");
    const since = known["Last-Event-ID"] === undefined ? undefined : Number(known["Last-Event-ID"]);
    const stream = accountStreams.open(accountId);
    const show = presenter(c, query.preview ?? "url", dependencies);
    const body = streamBody(
      async (writeText, signal) => {
        const { write, heartbeat } = withHeartbeat(writeText, ping, clock);
        try {
          if (longestResponseMs !== undefined) await writeText(reconnectSoon);
          // So that a client that comes back has something to resume after.
          await write(serverSentEvent({ id: since ?? clock.now(), event: "open", data: {} }));
          const options = { accountId, stream, since, signal, ...lifeOf(longestResponseMs) };
          for await (const told of followAccount(options, dependencies)) {
            if (told === "idle") await writeText(reconnectLater);
            else if (told === undefined) await heartbeat();
            else for (const text of await show(told)) await write(text);
          }
        } finally {
          stream.close();
        }
      },
      (error) => log("error", "an event stream of an account failed", { accountId, error: String(error) }),
    );
    return c.body(body, 200, eventStreamHeaders);
  });
}

function lifeOf(longestResponseMs: number | undefined): { longestMs?: number; idleEndMs?: number } {
  return longestResponseMs === undefined ? {} : { longestMs: longestResponseMs, idleEndMs };
}

type Told = {
  readonly events: readonly AccountEvent[];
  /** Given every few seconds. */
  readonly waiting?: readonly string[];
};

/** Turns what was found into the text of events. Places and runs are told when they have changed. */
function presenter(c: Context<ApiEnv>, preview: "none" | "url" | "inline", dependencies: RouteDependencies) {
  const { jobs, queueView, items } = dependencies;
  const { accountId } = c.get("identity");
  const presentation = { link: requestLinks(c, dependencies), language: requestLanguage(c), preview, dependencies };
  let told = new Map<string, string>();

  async function showEvent({ jobId, event }: AccountEvent): Promise<string> {
    const job = asksForJob(event) ? await jobs.get(jobId) : undefined;
    const data = await presentEvent(event, job, { texts: [] }, presentation);
    return serverSentEvent({ id: event.at, event: event.type, data: { job_id: jobId, seq: event.seq, ...data } });
  }

  async function place(jobId: string): Promise<string | undefined> {
    const job = await jobs.get(jobId);
    const found = job && (await queueView.place(job));
    return found && serverSentEvent({ event: "place", data: { job_id: jobId, ...presentPlace(found) } });
  }

  /** Places of jobs and states of runs, by their ids. */
  async function standing(waiting: readonly string[]): Promise<Map<string, string>> {
    const { runs } = await listRuns(items, accountId, { limit: toldRuns, face: "catalogue" });
    const texts = new Map(
      runs.map((run) => [run.id, serverSentEvent({ event: "run", data: { run: presentRun(run) } })]),
    );
    for (const jobId of waiting) {
      const text = await place(jobId);
      if (text !== undefined) texts.set(jobId, text);
    }
    return texts;
  }

  return async ({ events, waiting }: Told): Promise<string[]> => {
    const texts: string[] = [];
    for (const event of events) texts.push(await showEvent(event));
    if (waiting === undefined) return texts;
    const now = await standing(waiting);
    for (const [id, text] of now) if (told.get(id) !== text) texts.push(text);
    told = now;
    return texts;
  };
}
