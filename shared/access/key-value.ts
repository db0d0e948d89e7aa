import { randomInt } from "node:crypto";
import { crc32 } from "node:zlib";
import { InvalidInputError } from "../errors.ts";

const keyPrefix = "zk_live_";
const randomCharacters = 32;
const checksumCharacters = 6;
const minImportedCharacters = 16;
const maxKeyCharacters = 512;
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/**
 * A new key: `zk_live_`, 32 random characters (190 bits), and 6 of checksum that let scanners and us tell a key from a
 * typing error.
 */
export function newKeyValue(): string {
  const random = Array.from({ length: randomCharacters }, () => alphabet[randomInt(alphabet.length)]).join("");
  return keyPrefix + random + checksum(random);
}

/** False for a `zk_live_` key with a typing error in it; other keys (imported ones) have no form to check. */
export function hasValidForm(value: string): boolean {
  if (value.length < minImportedCharacters || value.length > maxKeyCharacters) return false;
  if (!value.startsWith(keyPrefix)) return true;
  const random = value.slice(keyPrefix.length, -checksumCharacters);
  return random.length !== randomCharacters || value.endsWith(checksum(random));
}

/** @throws InvalidInputError `api_key_invalid` for a value that cannot be a key */
export function assertImportable(value: string): void {
  if (value.length < minImportedCharacters || value.length > maxKeyCharacters || !/^[\x21-\x7e]+$/.test(value)) {
    throw new InvalidInputError(
      "api_key_invalid",
      `an imported key must be ${minImportedCharacters} to ${maxKeyCharacters} printable ASCII characters ` +
        `without spaces, got ${value.length}`,
    );
  }
  if (!hasValidForm(value)) {
    throw new InvalidInputError(
      "api_key_invalid",
      `the key starts with ${keyPrefix} but its checksum does not fit; copy it again`,
    );
  }
}

/** The first characters, to tell keys apart in a list. */
export function hintOf(value: string): string {
  return value.startsWith(keyPrefix) ? value.slice(0, keyPrefix.length + 4) : value.slice(0, 4);
}

/** CRC-32 in base 62, six characters. */
function checksum(text: string): string {
  let rest = crc32(text);
  let digits = "";
  for (let i = 0; i < checksumCharacters; i++) {
    digits = alphabet[rest % alphabet.length]! + digits;
    rest = Math.floor(rest / alphabet.length);
  }
  return digits;
}
