import { InvalidInputError } from "../errors.ts";

const maxKeyCharacters = 512;

/** @throws InvalidInputError `invalid_object_key` unless the key keeps the rules of `objects.ts` */
export function checkObjectKey(key: string): void {
  if (
    key.length < 1 ||
    key.length > maxKeyCharacters ||
    !/^[A-Za-z0-9/_.-]+$/.test(key) ||
    key.split("/").some((segment) => segment === "" || segment === "." || segment === "..")
  ) {
    throw new InvalidInputError(
      "invalid_object_key",
      `an object key must be 1 to ${maxKeyCharacters} characters of A-Z a-z 0-9 / _ - . ` +
        `without an empty, "." or ".." segment, got ${JSON.stringify(key.slice(0, 80))}`,
      { param: "key" },
    );
  }
}

/** The start of a key: empty, or a key's characters without a segment that no key could have. */
export function checkObjectPrefix(prefix: string): void {
  if (prefix !== "") checkObjectKey(`${prefix}x`);
}

/** @throws RangeError when `start`..`end` is not a range of whole byte positions */
export function checkByteRange(start: number, end: number): void {
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || end < start) {
    throw new RangeError(`a byte range needs whole numbers 0 <= start <= end, got ${start} to ${end}`);
  }
}
