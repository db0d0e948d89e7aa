/**
 * What the tick logs of the fleet once a minute, as numbers: the stack makes metrics of these fields of its line, and
 * alarms on them.
 */
export interface FleetGauges {
  /** 1 while workers are asked for on demand because spot machines were missing. */
  readonly spotAvoided: number;
  /** Minutes for which jobs have waited beside workers without an image drawn; goes on while all are stopped for it. */
  readonly vainMinutes: number;
  /** Tasks of the two services that could not be started, or ended at once, since their last deployment. */
  readonly tasksFailed: number;
  /** 1 while a version of the worker is refused. */
  readonly versionRefused: number;
}

/** The message of that line. */
export const fleetLogMessage = "fleet size set";
