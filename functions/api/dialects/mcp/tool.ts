import type { Context } from "hono";
import type * as z from "zod";
import type { Job, JobEvent } from "../../../../shared/job.ts";
import type { ApiEnv, RouteDependencies } from "../../dependencies.ts";
import type { ToolResult } from "./tool-result.ts";

export interface ToolCall {
  /** Context of the request, behind `authenticate`. */
  readonly c: Context<ApiEnv>;
  /** Let go once the job is made. */
  arguments: unknown;
  /** Called with each event of the job during the wait, and with `undefined` when nothing happened. */
  readonly onEvent: (event: JobEvent | undefined, job: Job) => Promise<void>;
  /** Whether the client shows how far the job is. */
  readonly steps: boolean;
  /** Called when the call has made its job, or found it again. */
  readonly onJob: (jobId: string) => Promise<void>;
  /** The client has gone. */
  readonly signal: AbortSignal;
}

export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly schema: z.ZodType;
  readonly readOnly: boolean;
  run(call: ToolCall, dependencies: RouteDependencies): Promise<ToolResult>;
}
