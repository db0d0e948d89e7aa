const fullCodes: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT"]);
const sqliteFull = 13;

/**
 * Whether an error, or what caused it, is a disk, or its owner's share of it, that has no room: from files or from
 * SQLite.
 */
export function isDiskFull(error: unknown): boolean {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    if ("code" in cause && typeof cause.code === "string" && fullCodes.has(cause.code)) return true;
    // Extended codes keep the primary code in their low byte.
    if ("errcode" in cause && typeof cause.errcode === "number" && (cause.errcode & 0xff) === sqliteFull) return true;
  }
  return false;
}
