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
  /** The service whose worker tries it; `both` where there is one worker at most, which is of either. */
  kind: z.enum(["spot", "onDemand", "both"]),
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
  /** The scaler has stopped all workers, since no image was drawn. @default false */
  readonly gaveUp?: boolean;
  readonly memory?: CanaryMemory;
}

export interface CanarySettings {
  readonly maxWorkers: number;
  /** False: all machines are bought on demand, those of the service called `spot` too. */
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
  const isKnown = memory?.taskDefinition === wanted;
  // The only worker is still tried where both services have the version.
  if (behind.length === 0 && !(isKnown && memory.kind === "both")) return { rolls: {} };
  if (isKnown && memory.refused) return { rolls: {}, memory, reason: "the new version is refused" };
  if (state.hasDrawn) return { rolls: rollTo(wanted, behind), reason: "the new version follows" };
  if (isKnown) return watch(state, memory, settings, now);
  return settings.maxWorkers < 2 ? beginAlone(state, behind) : begin(state, behind, settings);
}

const rollTo = (version: string, services: readonly MachineKind[]): CanaryPlan["rolls"] =>
  Object.fromEntries(services.map((kind) => [kind, version]));

/**
 * With one worker at most, none goes on meanwhile: it has the new version itself, and goes back if it draws nothing.
 */
function beginAlone({ services, wanted }: CanaryState, behind: readonly MachineKind[]): CanaryPlan {
  return {
    rolls: rollTo(wanted, behind),
    memory: { taskDefinition: wanted, kind: "both", before: services[behind[0]!].taskDefinition },
    reason: "a new version: the only worker tries it",
  };
}

/** The service that does less draws less: usually the one on demand, which has no worker at all. */
function begin(
  { services, wanted }: CanaryState,
  behind: readonly MachineKind[],
  { spot }: CanarySettings,
): CanaryPlan {
  // Without spot, the scaler uses the one on demand alone: its workers need not move to the other.
  const smaller = spot && services.onDemand.desired <= services.spot.desired ? "onDemand" : "spot";
  const kind = behind.length === 2 ? smaller : kinds.find((one) => !behind.includes(one))!;
  return {
    rolls: behind.includes(kind) ? { [kind]: wanted } : {},
    canary: kind,
    memory: { taskDefinition: wanted, kind, before: services[behind[0]!].taskDefinition },
    reason: "a new version: one worker tries it",
  };
}

function watch(
  { services, wanted, waitingJobs, gaveUp }: CanaryState,
  memory: CanaryMemory,
  { giveUpS }: CanarySettings,
  now: number,
): CanaryPlan {
  const { kind, before } = memory;
  const tried = kind === "both" ? kinds : [kind];
  const refuse = (why: string): CanaryPlan => {
    const ahead = tried.filter((one) => services[one].taskDefinition === wanted);
    const reason = `the new version is refused: ${why}`;
    return { rolls: rollTo(before, ahead), memory: { ...memory, refused: true }, reason };
  };
  if (tried.some((one) => services[one].taskDefinition !== wanted)) {
    return refuse("its worker could not start, and ECS took it back");
  }
  // The scaler may have stopped the only worker a little earlier than it would be refused here.
  if (kind === "both" && gaveUp && memory.triedSince !== undefined) return refuse("no image drawn");
  const isUp = tried.some((one) => services[one].running > 0);
  const triedSince = isUp && waitingJobs > 0 ? (memory.triedSince ?? now) : undefined;
  if (triedSince !== undefined && now - triedSince >= giveUpS * 1000) {
    return refuse(`no image drawn in ${Math.round(giveUpS / 60)} minutes`);
  }
  const still = { rolls: {}, memory: { ...memory, triedSince } };
  return kind === "both"
    ? { ...still, reason: "a new version: the only worker tries it" }
    : { ...still, canary: kind, reason: "a new version: one worker tries it" };
}
