import { type ByteSource, streamBytes } from "../bytes/byte-source.ts";

/**
 * A file as text, in pieces of about a megabyte, without its byte order mark. Bytes that are no characters become
 * U+FFFD.
 */
export async function* decodeText(source: ByteSource, encoding: string): AsyncGenerator<string, void> {
  const decoder = new TextDecoder(encoding);
  for await (const piece of streamBytes(source)) {
    const text = decoder.decode(piece, { stream: true });
    if (text !== "") yield text;
  }
  const rest = decoder.decode();
  if (rest !== "") yield rest;
}
