import { InvalidInputError } from "../errors.ts";

/** Position after the last item of a page: its sort key, then (on secondary indexes) its primary key. */
export type CursorPosition = readonly (string | number)[];

/**
 * Base64url JSON: opaque to callers, safe in a URL, and without a partition, so it cannot lead into another account's.
 */
export function encodeCursor(position: CursorPosition): string {
  return Buffer.from(JSON.stringify(position)).toString("base64url");
}

/**
 * @param shape - expected `typeof` of each part
 * @throws InvalidInputError `invalid_cursor`; cursors come back from clients
 */
export function decodeCursor(cursor: string, shape: readonly ("string" | "number")[]): CursorPosition {
  try {
    const position: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    if (
      Array.isArray(position) &&
      position.length === shape.length &&
      position.every((part, i) => typeof part === shape[i])
    ) {
      return position as CursorPosition;
    }
  } catch {
    // Not JSON: the same response as JSON of another shape.
  }
  throw invalidCursor();
}

export function invalidCursor(cause?: unknown): InvalidInputError {
  return new InvalidInputError("invalid_cursor", "the cursor was not made by this list; start again without it", {
    param: "cursor",
    cause,
  });
}
