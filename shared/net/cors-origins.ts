import { InvalidInputError } from "../errors.ts";

/**
 * Origins whose pages may call the API from a browser.
 * @param text - origins separated by commas, `*` for every origin, or nothing
 * @throws InvalidInputError `bad_option` naming `variable` and what came
 */
export function readCorsOrigins(text: string | undefined, variable: string): readonly string[] {
  const origins = (text ?? "").split(",").flatMap((part) => part.trim() || []);
  for (const origin of origins) {
    if (origin === "*" || URL.parse(origin)?.origin === origin) continue;
    throw new InvalidInputError(
      "bad_option",
      `${variable} must be origins separated by commas, or *, got ${JSON.stringify(origin)}; for example ` +
        "https://shop.example.com",
    );
  }
  return origins;
}
