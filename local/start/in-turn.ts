import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Requests of one connection that wait for those before them. Clients and proxies send one at a time. */
const mostWaiting = 50;

/**
 * Begins a request when the response to the one before it on its connection is over. A client may send many without
 * waiting (pipelining), and 64 KB of them arrive in one read: begun together they would hold the event loop, and their
 * responses memory until the client reads them. A connection with more than `mostWaiting` is closed.
 */
export function inTurn<
  Incoming extends typeof IncomingMessage,
  Outgoing extends typeof ServerResponse<InstanceType<Incoming>>,
>(listener: RequestListener<Incoming, Outgoing>): RequestListener<Incoming, Outgoing> {
  const waiting = new WeakMap<Socket, (() => void)[]>();
  const endTurn = (socket: Socket) => {
    const next = waiting.get(socket)?.shift();
    if (next === undefined) waiting.delete(socket);
    else next();
  };
  return (request, response) => {
    const { socket } = request;
    if (socket.destroyed) return;
    const others = waiting.get(socket);
    if (others !== undefined && others.length >= mostWaiting) {
      socket.destroy();
      return;
    }
    // Between two of them others have their turn, also where a response is over before the next request is parsed: up
    // to 32 reads follow each other in one turn.
    response.once("close", () => setImmediate(endTurn, socket));
    const begin = () => {
      if (!socket.destroyed) listener(request, response);
    };
    if (others !== undefined) {
      others.push(begin);
      return;
    }
    waiting.set(socket, []);
    begin();
  };
}
