import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { text } from "node:stream/consumers";
import { getRequestListener } from "@hono/node-server";
import type { Job } from "../../../shared/job.ts";
import type { ModerationSettings } from "../../../shared/moderation/moderation-settings.ts";
import type { RequestBudget } from "../../../shared/net/request-budget.ts";
import type { TestClock } from "../fast-clock.ts";
import { openApi } from "./api-under-test.ts";

export type ApiServer = Awaited<ReturnType<typeof openApiServer>>;

/** The API with its fake worker on a loopback socket, for clients that insist on an address. */
export async function openApiServer({
  clock,
  budget,
  moderation,
}: {
  readonly clock?: TestClock;
  readonly budget?: RequestBudget;
  readonly moderation?: ModerationSettings;
} = {}) {
  /** Holds back or fails the job that the worker is about to draw. */
  let beforeDrawing: (job: Job) => Promise<void> = async () => {};
  const given = { localMode: true, clock, budget, moderation };
  const api = await openApi({ ...given, beforeDrawing: (job) => beforeDrawing(job) });
  api.worker.start();
  const sockets: Socket[] = [];
  const requests: string[] = [];
  const listener = getRequestListener(api.app.fetch);
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    return listener(request, response);
  });
  server.on("connection", (socket) => sockets.push(socket));
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    ...api,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Every request so far, as "GET /path". */
    requests,
    beforeDrawing(action: (job: Job) => Promise<void>) {
      beforeDrawing = action;
    },
    /** Ends every connection, as a network does. */
    dropConnections() {
      for (const socket of sockets) socket.destroy();
    },
    /** Newest first. */
    async allJobs() {
      return (await api.jobs.list({ accountId: api.account.id, limit: 50 })).jobs;
    },
    async close() {
      beforeDrawing = async () => {};
      server.closeAllConnections();
      server.close();
      await api.close();
    },
  };
}

export interface ReceivedWebhook {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A server that takes webhooks. */
export async function openReceiver() {
  const received: ReceivedWebhook[] = [];
  const server = createServer(async (request: IncomingMessage, response) => {
    received.push({ headers: request.headers, body: await text(request) });
    response.writeHead(204).end();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    close: () => server.close().closeAllConnections(),
  };
}
