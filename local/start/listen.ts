import { once } from "node:events";
import { createServer, type RequestListener, type Server, type ServerOptions } from "node:http";
import { type AddressInfo, isIPv6 } from "node:net";
import { InvalidInputError } from "../../shared/errors.ts";
import { gatherChunks } from "./gather-chunks.ts";
import { inTurn } from "./in-turn.ts";

const options: ServerOptions = {
  requireHostHeader: false,
  // Longer than the 60 s for which nginx and most load balancers keep an idle connection: the one that closes first
  // must be the one that knows whether it is about to send a request.
  keepAliveTimeout: 75_000,
};

/**
 * Serve on an address.
 * @param port - 0 lets the system choose
 * @returns the server, and the URL to reach it under from this machine
 * @throws InvalidInputError `cannot_listen` naming the variable to change
 */
export async function listen(
  listener: RequestListener,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<{ readonly server: Server; readonly url: string }> {
  const listenInTurn = inTurn((request, response) => {
    // HTTP/1.0 names no host, and load balancers check health with an empty one; the API's own address is as good.
    request.headers.host ||= `${reachable(host)}:${port}`;
    listener(request, response);
  });
  const server = createServer(options, (request, response) => {
    gatherChunks(request);
    listenInTurn(request, response);
  });
  try {
    await once(server.listen(port, host), "listening");
  } catch (cause) {
    throw new InvalidInputError("cannot_listen", reasonOf(cause, host, port), { cause });
  }
  return { server, url: `http://${reachable(host)}:${(server.address() as AddressInfo).port}` };
}

/**
 * Stop accepting, let requests under way end, and cut those that are not over (event streams, long waits) after
 * `graceMs`.
 */
export async function closeServer(server: Server, graceMs: number): Promise<void> {
  const closed = once(server, "close");
  server.close();
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(cut);
}

/** An address that stands for all of them is no address to send to. */
function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return isIPv6(host) ? `[${host}]` : host;
}

function reasonOf(cause: unknown, host: string, port: number): string {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  switch (code) {
    case "EADDRINUSE":
      return `PORT ${port} on ${host} is in use; stop what listens there or take another: PORT=${port + 1} npm start`;
    case "EACCES":
      return `PORT ${port} needs rights that this user does not have; take one above 1023: PORT=8787 npm start`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `HOST ${host} is no address of this machine; try HOST=127.0.0.1, or HOST=0.0.0.0 for all of its addresses`;
    default:
      return `cannot listen on HOST ${host}, PORT ${port}: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
}
