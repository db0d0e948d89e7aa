import { InvalidInputError } from "../errors.ts";

export interface SpanHeaders {
  readonly [name: string]: string;
}

/**
 * Headers as OpenTelemetry writes them: `NAME=VALUE,…`, values in percent encoding.
 * @param source - where the text is from, for the message
 * @throws InvalidInputError `invalid_config` that counts the parts and repeats none: a value may be a token
 */
export function parseSpanHeaders(text: string, source: string): SpanHeaders {
  const parts = text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);
  const pairs = parts.map((part, index) => {
    const at = part.indexOf("=");
    const value = decoded(part.slice(at + 1));
    if (!/^[\w-]+=\S+$/.test(part) || value === undefined) {
      throw new InvalidInputError("invalid_config", `${source} must be NAME=VALUE,…, got "part ${index + 1}"`);
    }
    return [part.slice(0, at).toLowerCase(), value];
  });
  return Object.fromEntries(pairs);
}

function decoded(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
