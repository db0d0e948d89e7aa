import type { IncomingMessage } from "node:http";

/** More than this in one read of 64 KB are chunks of less than sixty bytes. */
const manyChunks = 1_000;
/** The pause after a read of so many: half of the time is left to others. */
const pauseMs = 100;

/**
 * Hands on the body of a chunked request in pieces as large as the reads of the socket. A client may send chunks of one
 * byte, of which 11,000 arrive in one read, and each that passes through the streams costs as much time as one of many
 * kilobytes. Taking them apart costs time as well, so such a connection is read slowly. To be called before anything
 * reads the request.
 */
export function gatherChunks(request: IncomingMessage): void {
  if (request.headers["transfer-encoding"] === undefined) return;
  const push = request.push.bind(request);
  let chunks: Uint8Array[] = [];
  const handOn = () => {
    if (chunks.length === 0) return;
    const read = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
    chunks = [];
    push(read);
  };
  const readIsOver = () => {
    if (chunks.length > manyChunks) setTimeout(handOn, pauseMs);
    else handOn();
  };
  request.push = (chunk: Uint8Array | null) => {
    if (chunk === null) {
      handOn();
      return push(null);
    }
    // Runs when the parser is through with what was read: ticks and microtasks run after every chunk.
    if (chunks.push(chunk) === 1) setImmediate(readIsOver);
    // The socket is read again when what was handed on is taken.
    return chunks.length <= manyChunks && request.readableLength < request.readableHighWaterMark;
  };
}
