/** Our own property of an image's XMP packet: the request that draws it again, as JSON. */
export const xmpNamespace = "urn:z-image-pipeline:1.0";
export const requestProperty = "request";

/** A packet is read up to this length; one with a prompt of the longest length is shorter. */
const maxPacketBytes = 262_144;

const packetStart = Buffer.from("<x:xmpmeta");
const packetEnd = Buffer.from("</x:xmpmeta>");

/**
 * The request that a PNG, JPEG, WebP or AVIF names in its XMP packet, as it stands there; whoever uses it checks it
 * like any other. The packet is found by its text, as the standard provides, whatever the container.
 * @returns `undefined` where there is none, or none that can be read
 */
export function readXmpRequest(file: Uint8Array): unknown {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const from = bytes.indexOf(packetStart);
  if (from < 0) return undefined;
  const to = bytes.indexOf(packetEnd, from);
  if (to < 0 || to - from > maxPacketBytes) return undefined;
  const packet = bytes.toString("utf8", from, to);
  const [open, close] = [`<zimage:${requestProperty}>`, `</zimage:${requestProperty}>`];
  const start = packet.indexOf(open);
  const end = packet.indexOf(close, start);
  if (start < 0 || end < 0 || !packet.includes(`"${xmpNamespace}"`)) return undefined;
  try {
    return JSON.parse(unescaped(packet.slice(start + open.length, end)));
  } catch {
    return undefined;
  }
}

function unescaped(text: string): string {
  return text.replaceAll("&gt;", ">").replaceAll("&lt;", "<").replaceAll("&amp;", "&");
}
