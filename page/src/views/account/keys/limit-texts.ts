const microPerUnit = 1_000_000;

/** Limits as they are typed; empty is none. */
export interface LimitTexts {
  readonly cap: string;
  readonly requests: string;
}

/** In micro-units and requests; `null` for no limit, `undefined` for what is no limit at all. */
export function readLimits({ cap, requests }: LimitTexts): {
  readonly cap: number | null | undefined;
  readonly requests: number | null | undefined;
} {
  return { cap: read(cap, (units) => Math.round(units * microPerUnit), 0), requests: read(requests, (n) => n, 1) };
}

export function limitTexts(cap: number | null | undefined, requests: number | null | undefined): LimitTexts {
  return { cap: cap == null ? "" : String(cap / microPerUnit), requests: requests == null ? "" : String(requests) };
}

function read(text: string, convert: (value: number) => number, least: number): number | null | undefined {
  if (text.trim() === "") return null;
  const value = convert(Number(text.trim().replace(",", ".")));
  return Number.isSafeInteger(value) && value >= least ? value : undefined;
}
