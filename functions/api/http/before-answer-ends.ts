import type { MiddlewareHandler } from "hono";
import type { ApiEnv } from "../dependencies.ts";

/**
 * Awaits what the route wants done before the end of its answer is sent: a client that has its whole answer finds it done. Every
 * other answer is sent without being looked at.
 */
export const beforeAnswerEnds: MiddlewareHandler<ApiEnv> = async (c, next) => {
  await next();
  // Absent where the request was let in by no key.
  const identity = c.get("identity") as ApiEnv["Variables"]["identity"] | undefined;
  const isWindowed = (identity?.deduplicationWindowS ?? 0) > 0;
  if (c.req.method !== "POST" || (!isWindowed && c.get("beforeAnswerEnds") === undefined)) return;
  // Asked for late: of a key with a window, an answer may be under way when its route sets it.
  const flush = () => c.get("beforeAnswerEnds")?.();
  if (c.res.body === null) await flush();
  else c.res = new Response(c.res.body.pipeThrough(new TransformStream({ flush })), c.res);
};
