import { checkJsonValue } from "./json-body.ts";
import { queryTime } from "./query-time.ts";

/**
 * The parameters of a list's query as an object, for its schema: those named `metadata[k]` gathered in one, and times
 * with the zone that their caller wrote.
 * @throws InvalidRequestError for a member named __proto__, which a schema would drop, and with it the filter that was
 * asked for
 */
export function queryParameters(url: string): { readonly [name: string]: unknown } {
  const query: { [name: string]: unknown } = Object.create(null);
  const metadata: [string, string][] = [];
  for (const [name, value] of new URL(url).searchParams) {
    const key = /^metadata\[(.*)\]$/s.exec(name)?.[1];
    if (key === undefined) query[name] = name.startsWith("created_") ? queryTime(value) : value;
    else metadata.push([key, value]);
  }
  // fromEntries defines members; assigning one named __proto__ would not.
  if (metadata.length > 0) query.metadata = Object.fromEntries(metadata);
  const parameters = { ...query };
  checkJsonValue(parameters);
  return parameters;
}
