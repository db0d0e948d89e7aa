/**
 * Decay of the moving average of the weights: short at first, because the first weights are random.
 * @param step - counted from 1
 */
export function emaDecayAt(decay: number, step: number): number {
  return Math.min(decay, step / (step + 10));
}
