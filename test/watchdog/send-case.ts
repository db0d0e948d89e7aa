import { request } from "node:http";
import { connect } from "node:net";
import { setTimeout } from "node:timers/promises";
import type { WatchdogCase } from "./generate-case.ts";

/** An answer is waited for this long: routes that wait for a result wait for ever, as nothing draws here. */
const patienceMs = 600;

/** More of them take this side longer to make than the server to refuse. */
const mostChunks = 200_000;

/** Sends one case. @returns the status of each response; 0 for those that were cut, by us or by the server */
export function sendCase(url: string, one: WatchdogCase): Promise<number[]> {
  return Promise.all(Array.from({ length: one.repeats }, () => sendOnce(url, one)));
}

async function sendOnce(url: string, one: WatchdogCase): Promise<number> {
  if (one.chunkBytes !== undefined || one.pipelined !== undefined) return sendOnWire(url, one);
  const { method, path, headers, body, pauseMs, contentLength } = one;
  const length = contentLength ?? body.reduce((sum, piece) => sum + piece.length, 0);
  const framing = body.length === 0 && contentLength === undefined ? {} : { "content-length": length };
  const { promise: status, resolve } = Promise.withResolvers<number>();
  const outgoing = request(
    `${url}${path}`,
    { method, headers: { ...headers, ...framing }, agent: false },
    (response) => {
      response.on("error", () => {});
      // Some read nothing of the response for a while.
      response.once("end", () => resolve(response.statusCode ?? 0)).resume();
    },
  );
  outgoing.on("error", () => resolve(0));
  outgoing.on("close", () => resolve(0));
  for (const piece of body) {
    if (outgoing.destroyed) break;
    outgoing.write(piece);
    if (pauseMs > 0) await setTimeout(pauseMs);
  }
  if (contentLength === undefined) outgoing.end();
  const patience = new AbortController();
  const impatient = setTimeout(patienceMs, 0, { signal: patience.signal }).catch(() => 0);
  const ended = await Promise.race([status, impatient]);
  patience.abort();
  outgoing.destroy();
  return ended;
}

/** What no HTTP client sends: the bytes themselves. @returns the first response's status, 0 when there is none */
async function sendOnWire(
  url: string,
  { method, path, headers, body, chunkBytes = 0, pipelined = 1 }: WatchdogCase,
): Promise<number> {
  const { hostname, port, host } = new URL(url);
  const framing = chunkBytes > 0 ? { "transfer-encoding": "chunked" } : {};
  const lines = Object.entries({ host, ...headers, ...framing }).map(([name, value]) => `${name}: ${value}\r\n`);
  const bytes = Buffer.concat(body).subarray(0, mostChunks * chunkBytes || undefined);
  const chunks = chunkBytes > 0 ? chunked(bytes, chunkBytes) : bytes;
  const whole = Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`), chunks]);
  const { promise: status, resolve } = Promise.withResolvers<number>();
  const socket = connect(Number(port), hostname, () => {
    for (let sent = 0; sent < pipelined && !socket.destroyed; sent++) socket.write(whole);
  });
  socket.setEncoding("latin1");
  socket.on("data", (text: string) => resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0)));
  socket.on("error", () => resolve(0));
  socket.on("close", () => resolve(0));
  const [first] = await Promise.all([Promise.race([status, setTimeout(patienceMs, 0)]), setTimeout(patienceMs)]);
  socket.destroy();
  return first;
}

function chunked(bytes: Buffer, chunkBytes: number): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const piece = bytes.subarray(at, at + chunkBytes);
    pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n"));
  }
  return Buffer.concat([...pieces, Buffer.from("0\r\n\r\n")]);
}
