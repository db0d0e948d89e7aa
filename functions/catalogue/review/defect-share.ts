/** Share of an approximately normal variable within ±z is 95 %. */
const z = 1.959964;

/** An estimate of how many of all images are bad, from a random sample of them. */
export interface DefectShare {
  readonly looked_at: number;
  readonly rejected: number;
  /** Shares from 0 to 1 between which that of all images lies with a probability of 95 %. */
  readonly low: number;
  readonly high: number;
}

/**
 * Wilson's interval, which holds for small samples and for none rejected too.
 * @see E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927)
 */
export function defectShare(lookedAt: number, rejected: number): DefectShare | null {
  if (lookedAt === 0) return null;
  const share = rejected / lookedAt;
  const scale = 1 + z ** 2 / lookedAt;
  const middle = share + z ** 2 / (2 * lookedAt);
  const reach = z * Math.sqrt((share * (1 - share)) / lookedAt + z ** 2 / (4 * lookedAt ** 2));
  const bounded = (value: number) => Math.min(1, Math.max(0, value));
  return {
    looked_at: lookedAt,
    rejected,
    low: bounded((middle - reach) / scale),
    high: bounded((middle + reach) / scale),
  };
}
