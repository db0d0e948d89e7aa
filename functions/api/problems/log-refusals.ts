import type { Context } from "hono";
import type { Clock } from "../../../shared/ports/clock.ts";
import type { Log } from "../../../shared/process/log.ts";
import type { ApiEnv } from "../dependencies.ts";
import { errorStatus, publicError } from "./error-status.ts";

/** Lines a second: a flood of refused requests must not become one of lines. */
const maxPerSecond = 20;

/**
 * Logs refused requests: which, whose, and why. The reason is the message that the client got, but for fields that hold
 * a prompt: those are only named.
 */
export function createRefusalLog({ log, clock }: { readonly log: Log; readonly clock: Pick<Clock, "now"> }) {
  let second = 0;
  let written = 0;
  let omitted = 0;
  return (error: Error, c: Context<ApiEnv>): void => {
    const now = Math.floor(clock.now() / 1_000);
    if (now !== second) [second, written] = [now, 0];
    if (written >= maxPerSecond) {
      omitted++;
      return;
    }
    written++;
    const { code, param, message } = publicError(error);
    const identity = c.get("identity") as ApiEnv["Variables"]["identity"] | undefined;
    log("warn", "request refused", {
      requestId: c.get("requestId"),
      keyId: identity?.keyId,
      accountId: identity?.accountId,
      method: c.req.method,
      path: c.req.path.slice(0, 200),
      status: errorStatus(error),
      code,
      param,
      reason: /prompt|message/.test(param ?? "") ? undefined : message.slice(0, 300),
      omittedBefore: omitted > 0 ? omitted : undefined,
    });
    omitted = 0;
  };
}
