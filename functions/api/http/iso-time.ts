/** ISO 8601 in UTC, as every timestamp of a response. @param ms - milliseconds since the epoch */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

export function isoTimeOrNull(ms: number | undefined): string | null {
  return ms === undefined ? null : isoTime(ms);
}
