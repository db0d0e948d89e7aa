import type { MiddlewareHandler } from "hono";
import { paceOf } from "../client-pace.ts";
import type { ApiEnv } from "../dependencies.ts";

/**
 * Awaits what the route wants done before the end of its answer is sent: a client that has its whole answer finds it done. Only for POSTs of
 * keys with a deduplication window and of clients that may send them again unmarked: every other answer is sent without being looked at.
 */
export const beforeAnswerEnds: MiddlewareHandler<ApiEnv> = async (c, next) => {
  await next();
  // Absent where the request was let in by no key.
  const identity = c.get("identity") as ApiEnv["Variables"]["identity"] | undefined;
  if (identity === undefined || identity.deduplicationWindowS === 0 || c.req.method !== "POST") return;
  if (identity.deduplicationWindowS == null && paceOf(c.req.header("user-agent")) === undefined) return;
  // Asked for late: an answer may be under way when its route sets it.
  const flush = () => c.get("beforeAnswerEnds")?.();
  if (c.res.body === null) await flush();
  else c.res = new Response(c.res.body.pipeThrough(new TransformStream({ flush })), c.res);
};
