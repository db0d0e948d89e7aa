import * as z from "zod";
import type { WorkerCount } from "../../shared/fair-queue/scaling.ts";

/**
 * A new version of the worker comes to one of the two services first, with one worker. Once that has drawn a job the
 * other service follows; if it does not, the service goes back. CloudFormation cannot do this: a service without
 * workers takes every version, since nothing starts.
 */

export type MachineKind = "spot" | "onDemand";

/** A service as it is. */
export interface ServiceState extends WorkerCount {
  /** ARN of the task definition that it starts. */
  readonly taskDefinition: string;
  /** Tasks that could not be started, or ended at once. @default 0 */
  readonly failedTasks?: number;
}

export const canaryMemorySchema = z.object({
  /** The version that is tried, as the ARN of its task definition. */
  taskDefinition: z.string(),
  kind: z.enum(["spot", "onDemand"]),
  /** What the service goes back to. */
  before: z.string(),
  /** Since when its worker has been up while jobs waited; milliseconds since the epoch. */
  triedSince: z.number().optional(),
  refused: z.boolean().optional(),
});
export type CanaryMemory = z.infer<typeof canaryMemorySchema>;

export interface CanaryState {
  readonly services: { readonly [K in MachineKind]: ServiceState };
  /** ARN of the task definition that was deployed last. */
  readonly wanted: string;
  /** Whether a worker of that version has drawn lately. */
  readonly hasDrawn: boolean;
  readonly waitingJobs: number;
  readonly memory?: CanaryMemory;
}

export interface CanarySettings {
  readonly maxWorkers: number;
  /** False: no machine of that kind may be started, so there is no second service. */
  readonly spot: boolean;
  /** Longest that a worker may be up while jobs wait without drawing one. */
  readonly giveUpS: number;
}

export interface CanaryPlan {
  /** Services that are to start another task definition. */
  readonly rolls: { readonly [K in MachineKind]?: string };
  /** The service that is to have one worker, while the other draws. */
  readonly canary?: MachineKind;
  readonly memory?: CanaryMemory;
  readonly reason?: string;
}

const kinds = ["spot", "onDemand"] as const;

/** Pure: what the services are to start, and which is the canary. */
export function planCanary(state: CanaryState, settings: CanarySettings, now: number): CanaryPlan {
  const { services, wanted, memory } = state;
  const behind = kinds.filter((kind) => services[kind].taskDefinition !== wanted);
  if (behind.length === 0) return { rolls: {} };
  const isKnown = memory?.taskDefinition === wanted;
  if (isKnown && memory.refused) return { rolls: {}, memory, reason: "the new version is refused" };
  // One worker at most, or one kind of machine: there is no second service that could go on meanwhile.
  if (state.hasDrawn || settings.maxWorkers < 2 || !settings.spot) {
    return { rolls: Object.fromEntries(behind.map((kind) => [kind, wanted])), reason: "the new version follows" };
  }
  return isKnown ? watch(state, memory, settings, now) : begin(state, behind);
}

/** The service that does less draws less: usually the one on demand, which has no worker at all. */
function begin({ services, wanted }: CanaryState, behind: readonly MachineKind[]): CanaryPlan {
  const smaller = services.onDemand.desired <= services.spot.desired ? "onDemand" : "spot";
  const kind = behind.length === 2 ? smaller : kinds.find((one) => !behind.includes(one))!;
  return {
    rolls: behind.includes(kind) ? { [kind]: wanted } : {},
    canary: kind,
    memory: { taskDefinition: wanted, kind, before: services[behind[0]!].taskDefinition },
    reason: "a new version: one worker tries it",
  };
}

function watch(
  { services, wanted, waitingJobs }: CanaryState,
  memory: CanaryMemory,
  { giveUpS }: CanarySettings,
  now: number,
): CanaryPlan {
  const { kind, before } = memory;
  const service = services[kind];
  if (service.taskDefinition !== wanted) {
    const reason = "the new version is refused: its worker could not start, and ECS took it back";
    return { rolls: {}, memory: { ...memory, refused: true }, reason };
  }
  const triedSince = service.running > 0 && waitingJobs > 0 ? (memory.triedSince ?? now) : undefined;
  if (triedSince !== undefined && now - triedSince >= giveUpS * 1000) {
    const reason = `the new version is refused: no image drawn in ${Math.round(giveUpS / 60)} minutes`;
    return { rolls: { [kind]: before }, memory: { ...memory, refused: true }, reason };
  }
  return { rolls: {}, canary: kind, memory: { ...memory, triedSince }, reason: "a new version: one worker tries it" };
}
