/**
 * When jobs arrive, in whole seconds from the start, ascending. All from one seed, so that every policy meets the same
 * day.
 */
export interface Trace {
  readonly name: string;
  readonly what: string;
  /** Bursty traces are those in which waiting for certainty costs most. */
  readonly kind: "steady" | "bursty" | "drought";
  readonly hours: number;
  readonly arrivals: readonly number[];
  /** No spot machine is to be had, and those there are get taken away; seconds from the start. */
  readonly spotDrought?: { readonly from: number; readonly to: number };
  /** Seconds until a machine that was asked for draws. @default `world.startS` */
  readonly startS?: number;
  /** Most workers. @default those of the comparison */
  readonly maxWorkers?: number;
}

type Random = () => number;

/**
 * Arrivals with a mean of `perHour(s)` at second `s`: a coin for each second, more than one where the rate is above
 * that.
 */
function arrivalsOf(hours: number, perHour: (second: number) => number, random: Random): number[] {
  const arrivals: number[] = [];
  for (let second = 0; second < hours * 3600; second++) {
    let expected = perHour(second) / 3600;
    for (; expected > 0; expected--) if (random() < Math.min(1, expected)) arrivals.push(second);
  }
  return arrivals;
}

const hourOf = (second: number) => (second / 3600) % 24;

export function makeTraces(random: Random): Trace[] {
  return [
    {
      name: "steady",
      what: "600 an hour, day and night",
      kind: "steady",
      hours: 24,
      arrivals: arrivalsOf(24, () => 600, random),
    },
    {
      name: "office hours",
      what: "900 an hour from 9 to 18, 30 at other times",
      kind: "steady",
      hours: 24,
      arrivals: arrivalsOf(24, (s) => (hourOf(s) >= 9 && hourOf(s) < 18 ? 900 : 30), random),
    },
    {
      name: "flash sale",
      what: "100 an hour, and three times 20 minutes of 6,000 an hour",
      kind: "bursty",
      hours: 24,
      arrivals: arrivalsOf(
        24,
        (s) => ([10, 14, 20].some((at) => hourOf(s) >= at && hourOf(s) < at + 1 / 3) ? 6_000 : 100),
        random,
      ),
    },
    {
      name: "now and then",
      what: "a burst of 60 within a minute, every two hours, nothing between",
      kind: "bursty",
      hours: 24,
      arrivals: arrivalsOf(24, (s) => (s % 7_200 >= 1_800 && s % 7_200 < 1_860 ? 3_600 : 0), random),
    },
    {
      name: "batch at night",
      what: "50,000 rows at 1:00, 60 an hour by day",
      kind: "bursty",
      hours: 24,
      arrivals: [
        ...Array.from({ length: 50_000 }, () => 3_600),
        ...arrivalsOf(24, (s) => (hourOf(s) >= 8 ? 60 : 0), random),
      ].sort((a, b) => a - b),
    },
    {
      name: "spot drought",
      what: "400 an hour; no spot machine from 6:00 to 9:00",
      kind: "drought",
      hours: 12,
      arrivals: arrivalsOf(12, () => 400, random),
      spotDrought: { from: 6 * 3600, to: 9 * 3600 },
    },
    ...[150, 240].map((startS) => ({
      name: `large fleet, start ${startS} s`,
      what: "20,000 jobs at once, spot machines for all, up to 200 workers",
      kind: "bursty" as const,
      hours: 3,
      arrivals: Array.from({ length: 20_000 }, () => 600),
      startS,
      maxWorkers: 200,
    })),
  ];
}
