import { InvalidInputError } from "../../../../shared/errors.ts";

/** Target of a request: one of fal's three hosts, and a path on it. */
export interface FalTarget {
  readonly host: "run" | "queue" | "rest";
  /** With a slash before it. */
  readonly path: string;
  readonly query: URLSearchParams;
}

const hosts: { readonly [name: string]: FalTarget["host"] } = {
  "fal.run": "run",
  "queue.fal.run": "queue",
  "rest.fal.ai": "rest",
  "rest.alpha.fal.ai": "rest",
};

/**
 * The target of a request to `/fal/proxy`, from its `x-fal-target-url`. The address is only ever compared with fal's
 * own names; nothing is fetched from it.
 * @throws InvalidInputError `invalid_value`
 */
export function proxiedTarget(header: string | undefined): FalTarget {
  const url = URL.parse(header ?? "");
  const host =
    url !== null && url.protocol === "https:" && Object.hasOwn(hosts, url.host) ? hosts[url.host] : undefined;
  if (url === null || host === undefined) {
    throw new InvalidInputError(
      "invalid_value",
      `x-fal-target-url must be an https address on ${Object.keys(hosts).join(", ")}`,
      { param: "x-fal-target-url" },
    );
  }
  return { host, path: decodedPath(url.pathname), query: url.searchParams };
}

/** `/fal/run/…`, `/fal/queue/…`, `/fal/rest/…`: what a request middleware makes of fal's addresses. */
export function directTarget(url: URL): FalTarget {
  const [, host, path] = /^\/fal\/(run|queue|rest)(\/.*)$/.exec(url.pathname) as unknown as [
    string,
    FalTarget["host"],
    string,
  ];
  return { host, path: decodedPath(path), query: url.searchParams };
}

/** A path that is not UTF-8 stays as it is: no route matches it, so the caller gets a 404. */
function decodedPath(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}
