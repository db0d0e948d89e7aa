import { type Items, ItemsConditionFailed } from "../../../../shared/ports/items.ts";
import type { RouteDependencies } from "../../dependencies.ts";

/*
 * A client cancels a tool call by a notification with the call's request id, which may reach another process than the
 * one that answers the call. So the store keeps, for an hour, which job a call has made, or that it was canceled before
 * it made one.
 */

const retentionMs = 3_600_000;

/** A request of a client: ids are numbers that each session counts by itself. */
export interface CallId {
  readonly accountId: string;
  readonly session: string;
  readonly requestId: string | number;
}

type CallDependencies = Pick<RouteDependencies, "clock" | "jobs"> & { readonly items: Items };

/** Notes the job of a call; one that is canceled already cancels it. */
export async function noteCall(call: CallId, jobId: string, dependencies: CallDependencies): Promise<void> {
  const before = await noteOnce(call, { jobId }, dependencies);
  if (before !== undefined) await dependencies.jobs.requestCancel(jobId);
}

/**
 * Cancels the job of a call, now or once it is made. A call of another account, or one that ended long ago, is none.
 */
export async function cancelCall(call: CallId, dependencies: CallDependencies): Promise<void> {
  const before = await noteOnce(call, { canceled: true }, dependencies);
  if (typeof before?.jobId === "string") await dependencies.jobs.requestCancel(before.jobId);
}

/** @returns what was noted of the call before, and stays */
async function noteOnce(
  call: CallId,
  data: { jobId: string } | { canceled: true },
  { items, clock }: CallDependencies,
) {
  const key = { pk: `ACC#${call.accountId}#MCP#${call.session}`, sk: JSON.stringify(call.requestId) };
  const exp = Math.ceil((clock.now() + retentionMs) / 1_000);
  try {
    await items.write([{ put: { ...key, exp, data }, if: { absent: true } }]);
    return undefined;
  } catch (error) {
    if (!(error instanceof ItemsConditionFailed)) throw error;
    return (await items.get(key))?.data;
  }
}
