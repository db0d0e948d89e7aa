export interface TrapezoidOptions {
  readonly peak: number;
  /** Steps of the whole run. */
  readonly steps: number;
  /** Steps that rise linearly from 0 to the peak. */
  readonly warmup: number;
  /** Part of the run after which the rate falls linearly, 0..1. */
  readonly constantUntil: number;
  /** Learning rate at the last step, as a fraction of the peak. */
  readonly finalFraction: number;
}

/** Learning rate of one step of a warm-up, constant, linear decay schedule. @param step - counted from 1 */
export function trapezoidLearningRate(step: number, options: TrapezoidOptions): number {
  const { peak, steps, warmup, constantUntil, finalFraction } = options;
  const rise = warmup > 0 ? Math.min(1, step / warmup) : 1;
  const decayStart = constantUntil * steps;
  const fallen = Math.min(1, Math.max(0, (step - decayStart) / Math.max(1, steps - decayStart)));
  return peak * rise * (1 - fallen * (1 - finalFraction));
}
