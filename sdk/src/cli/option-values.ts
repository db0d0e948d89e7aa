import { type CommandInput, UsageError } from "./command.ts";

type Values = CommandInput["values"];

export function text(values: Values, name: string): string | undefined {
  const value = values[name];
  return typeof value === "string" ? value : undefined;
}

export function texts(values: Values, name: string): string[] {
  const value = values[name];
  return Array.isArray(value) ? value.map(String) : [];
}

export function flag(values: Values, name: string): boolean {
  return values[name] === true;
}

/** @throws UsageError unless it is a number; its range is the API's to check */
export function number(values: Values, name: string): number | undefined {
  const value = text(values, name);
  if (value === undefined) return undefined;
  if (!/^-?\d+(\.\d+)?$/.test(value)) throw new UsageError(`--${name} must be a number, got ${JSON.stringify(value)}`);
  return Number(value);
}

/** A whole number of up to 64 bits, of which the lower 53 count, as the API has it; -1 is random. @throws UsageError */
export function seed(values: Values, name: string): number | undefined {
  const value = text(values, name);
  if (value === undefined) return undefined;
  if (!/^(-1|\d{1,20})$/.test(value) || BigInt(value) >= 2n ** 64n) {
    throw new UsageError(`--${name} must be a whole number below 2^64, or -1, got ${JSON.stringify(value)}`);
  }
  return value === "-1" ? -1 : Number(BigInt.asUintN(53, BigInt(value)));
}

/** Numbers with commas between them. @throws UsageError unless each is a number */
export function numbers(values: Values, name: string): number[] | undefined {
  return text(values, name)
    ?.split(",")
    .map((value) => number({ [name]: value.trim() }, name) ?? 0);
}

/** `key=value`, as often as given. */
export function pairs(values: Values, name: string): { [key: string]: string } | undefined {
  const given = texts(values, name).map((pair) => {
    const equals = pair.indexOf("=");
    if (equals < 1) throw new UsageError(`--${name} must be KEY=VALUE, got ${JSON.stringify(pair)}`);
    return [pair.slice(0, equals), pair.slice(equals + 1)] as const;
  });
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

/** ISO 8601 in UTC: of a time, a date, or a span back from now such as 90m, 24h or 7d. */
export function time(values: Values, name: string, now: number): string | undefined {
  const value = text(values, name);
  if (value === undefined) return undefined;
  const span = /^(\d{1,6})([mhd])$/.exec(value);
  const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 };
  const at = span ? now - Number(span[1]) * unitMs[span[2] as keyof typeof unitMs] : Date.parse(value);
  if (Number.isNaN(at)) {
    throw new UsageError(
      `--${name} must be a time such as 2026-01-31T12:00:00Z, or 24h or 7d for so long ago, got ` +
        `${JSON.stringify(value)}`,
    );
  }
  return new Date(at).toISOString();
}
