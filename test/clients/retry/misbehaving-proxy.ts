import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, request as requestUpstream, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { buffer } from "node:stream/consumers";

/** Fault of one request between a client and the server. */
export type Fault =
  /** The connection ends before anything reaches the server. */
  | { readonly kind: "cut before" }
  /** The server has the request; then both connections end, without a response. */
  | { readonly kind: "cut while drawing" }
  /** The server has sent its whole response and knows of nothing wrong; half of it arrives. */
  | { readonly kind: "cut in the answer" }
  /** The server has sent its whole response and knows of nothing wrong; none of it arrives. */
  | { readonly kind: "lost answer" }
  /** Something in between answers, and the server sees nothing. */
  | { readonly kind: "answer"; readonly status: number; readonly headers?: { readonly [name: string]: string } }
  /** The server has the request; something in between gives up on it and answers. */
  | { readonly kind: "answer while drawing"; readonly status: number };

export interface MisbehavingProxyOptions {
  /** Address of the server behind it. */
  readonly target: string;
  /** Fault of the `n`-th POST, from 0. */
  readonly fault: (n: number) => Fault | undefined;
  /** Resolves when the server draws what it was sent. */
  readonly drawing: () => Promise<void>;
  /** Called once a fault has hit a request that is being drawn. */
  readonly onHit: () => void;
}

/**
 * A proxy that does to requests what networks and load balancers do; each of its clients' connections has one of its
 * own to the server.
 */
export async function openMisbehavingProxy({ target, fault, drawing, onHit }: MisbehavingProxyOptions) {
  let posts = 0;
  const agents = new Map<Socket, Agent>();

  function agentOf(socket: Socket): Agent {
    const agent = agents.get(socket) ?? new Agent({ keepAlive: true, maxSockets: 1 });
    if (!agents.has(socket)) {
      agents.set(socket, agent);
      socket.once("close", () => {
        agents.delete(socket);
        agent.destroy();
      });
    }
    return agent;
  }

  /** To the server, with the client's own headers: links in responses lead through here again. */
  function forward(request: IncomingMessage, body: Buffer) {
    const { method, headers, socket } = request;
    const upstream = requestUpstream(`${target}${request.url}`, { method, headers, agent: agentOf(socket) });
    // An error after the connection was cut here is what was wanted.
    upstream.on("error", () => {});
    upstream.end(body);
    return upstream;
  }

  async function answerOf(upstream: ReturnType<typeof forward>) {
    const [answer] = (await once(upstream, "response")) as [IncomingMessage];
    // It is sent on as a whole, so with its length.
    const { "transfer-encoding": _, ...headers } = answer.headers;
    return { status: answer.statusCode ?? 502, headers, body: await buffer(answer) };
  }

  function refuse(response: ServerResponse, status: number, headers: { readonly [name: string]: string } = {}) {
    const body = JSON.stringify({ error: "from something in between", detail: "from something in between" });
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const given = request.method === "POST" ? fault(posts++) : undefined;
    if (given?.kind === "answer") return refuse(response, given.status, given.headers);
    if (given?.kind === "cut before") return void request.socket.destroy();
    const upstream = forward(request, body);
    if (given?.kind === "cut while drawing" || given?.kind === "answer while drawing") {
      await drawing();
      upstream.destroy();
      // Also one that has had its answer meanwhile: what gives up on a request closes its connection.
      agentOf(request.socket).destroy();
      if (given.kind === "cut while drawing") request.socket.destroy();
      else refuse(response, given.status);
      return onHit();
    }
    const { status, headers, body: answer } = await answerOf(upstream);
    if (given?.kind === "lost answer") return void request.socket.destroy();
    response.writeHead(status, { ...headers, "content-length": answer.length });
    if (given === undefined) return void response.end(answer);
    response.write(answer.subarray(0, answer.length / 2), () => request.socket.destroy());
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => request.socket.destroy());
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** POSTs so far. */
    posts: () => posts,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
