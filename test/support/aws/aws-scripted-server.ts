import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { type AwsClients, createAwsClients } from "../../../shared/aws/clients.ts";

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface ScriptedAnswer {
  readonly status?: number;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string;
  /** Close the connection in place of a response, as a broken network does. */
  readonly lost?: boolean;
}

/** A stand-in for AWS that gives prepared responses, for what emulators never answer. Ends with the test. */
export async function scriptedAws(
  answers: readonly (ScriptedAnswer | ((request: SeenRequest, earlier: readonly SeenRequest[]) => ScriptedAnswer))[],
): Promise<{ clients: AwsClients; endpoint: string; seen: SeenRequest[] }> {
  const seen: SeenRequest[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const { method = "", url: path = "", headers } = request;
    const answer = answers[seen.length] ?? { status: 500, body: "no answer was prepared" };
    const current = { method, path, headers, body };
    const {
      status = 200,
      headers: sent = {},
      body: text = "{}",
      lost,
    } = typeof answer === "function" ? answer(current, seen) : answer;
    seen.push(current);
    if (lost) response.destroy();
    else response.writeHead(status, sent).end(method === "HEAD" ? undefined : text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const clients = createAwsClients({ region: "us-east-1", endpoint, credentials });
  onTestFinished(() => {
    clients.close();
    server.closeAllConnections();
    server.close();
  });
  return { clients, endpoint, seen };
}
