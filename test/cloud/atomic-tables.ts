import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/**
 * The stand-in's tables, asked one request after another. moto puts a new item under its key first and sets its
 * attributes after that, and shows what it has to whoever asks meanwhile; in DynamoDB an item is there whole or not at
 * all.
 */
export async function openAtomicTables(endpoint: string) {
  let last: Promise<unknown> = Promise.resolve();
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    const { host: _, connection: __, "content-length": ___, ...headers } = request.headers;
    const answered = last.then(async () => {
      const answer = await fetch(`${endpoint}${request.url}`, {
        method: "POST",
        headers: headers as Record<string, string>,
        body,
      });
      const { "content-type": type = "", "x-amz-crc32": checksum } = Object.fromEntries(answer.headers);
      response.writeHead(answer.status, { "content-type": type, ...(checksum && { "x-amz-crc32": checksum }) });
      response.end(Buffer.from(await answer.arrayBuffer()));
    });
    last = answered.catch(() => response.destroy());
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
