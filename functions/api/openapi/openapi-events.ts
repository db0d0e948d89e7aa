import { lastAccountEventIdSchema } from "../events/account-events-route.ts";
import { maxStreamsPerAccount } from "../events/account-streams.ts";
import { maxFollowed } from "../events/follow-account.ts";
import { eventsQuerySchema } from "../jobs/job-events.ts";
import { operation, problems } from "./openapi-parts.ts";
import { type JsonSchema, parameters } from "./openapi-schemas.ts";

/** The events of an account. */
export function eventPaths(): JsonSchema {
  return {
    "/v1/events": {
      get: {
        ...operation("followAccount", "jobs", "Stream the events of all jobs of the account, over one connection."),
        description:
          "First open, then the history of the jobs that are open, then what happens to any job: the events of " +
          "/v1/jobs/{id}/events, each with job_id and seq, its number within the job. place {job_id, position, " +
          `eta_s} tells where a job that waits is, and run {run} the state of each of the five newest runs, when that ` +
          "has changed: they are looked at every five seconds, and have no id. " +
          `At most ${maxFollowed} jobs are followed at ` +
          "once: those that run, and the newest of those that wait; of others the end may not be told. Images that " +
          "were finished while nobody watched come with done. An id is a time in milliseconds: after a " +
          "reconnection with Last-Event-ID, events of the five seconds before it come again, and seq tells. " +
          `An account may have ${maxStreamsPerAccount} of these streams open (429 too_many_streams). On AWS the ` +
          "stream ends when no job is open, and asks by retry to be opened again ten seconds later.",
        parameters: [...parameters("query", eventsQuerySchema), ...parameters("header", lastAccountEventIdSchema)],
        responses: {
          200: {
            description: "The events.",
            content: { "text/event-stream": { schema: { type: "string" }, example: eventExample } },
          },
          ...problems(400, 401, 403, 429),
        },
      },
    },
  };
}

const eventExample =
  "id: 1769860800000\nevent: started\n" +
  'data: {"job_id":"job_01JD0000000000000000000000","seq":2,"at":"2026-01-31T12:00:00.000Z","attempt":1}\n\n';
