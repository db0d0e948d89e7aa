import type { ReceiveOptions, SendOptions } from "./queue.ts";

/** Rules that every `queue` driver checks before I/O: SQS's limits. Breaking one is a bug of the caller. */

const maxBodyBytes = 262_144;
/** The longest that a message is held back. */
export const maxDelayMs = 900_000;
const maxVisibilityMs = 43_200_000;
const maxWaitMs = 20_000;
const maxReasonCharacters = 1000;

/**
 * Characters that SQS does not carry: everything but tab, line ends and Unicode without surrogates, U+FFFE and U+FFFF.
 */
const unsendable = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

/** SQS takes more characters; these are the ones that need no thought. */
const groupPattern = /^[\w.-]{1,128}$/;

export function checkSend(body: string, { delayMs = 0, group }: SendOptions): void {
  const bytes = Buffer.byteLength(body);
  if (bytes < 1 || bytes > maxBodyBytes) {
    throw new RangeError(`a message body must be 1 to ${maxBodyBytes} bytes, got ${bytes}; keep big values in objects`);
  }
  const at = body.search(unsendable);
  if (at >= 0) {
    throw new RangeError(
      `a message body may not hold U+${body.codePointAt(at)!.toString(16).padStart(4, "0")} (at ${at}); escape ` +
        "it, as JSON does",
    );
  }
  checkRange("delayMs", delayMs, 0, maxDelayMs);
  if (group !== undefined && !groupPattern.test(group)) {
    throw new RangeError(
      `a group must be 1 to 128 letters, digits and -_., got ${JSON.stringify(group.slice(0, 140))}`,
    );
  }
}

export function checkReceive({ max = 1, visibilityMs, waitMs = 0 }: ReceiveOptions): void {
  if (!Number.isInteger(max)) throw new RangeError(`max must be a whole number, got ${max}`);
  checkRange("max", max, 1, 10);
  checkRange("visibilityMs", visibilityMs, 1, maxVisibilityMs);
  checkRange("waitMs", waitMs, 0, maxWaitMs);
}

export function checkVisibility(visibilityMs: number): void {
  checkRange("visibilityMs", visibilityMs, 0, maxVisibilityMs);
}

/**
 * A dead-letter reason that fits a message attribute; reasons quote foreign text, so this one mends instead of
 * refusing.
 */
export function sendableReason(reason: string): string {
  return reason.slice(0, maxReasonCharacters).replace(unsendable, "\u{FFFD}") || "no reason given";
}

function checkRange(name: string, value: number, least: number, most: number): void {
  if (!(value >= least && value <= most)) throw new RangeError(`${name} must be ${least} to ${most}, got ${value}`);
}
