import { findBytes } from "./find-bytes.ts";

/** Our own property of an image's XMP packet: the request that draws it again, as JSON. */
export const xmpNamespace = "urn:z-image-pipeline:1.0";
export const requestProperty = "request";

/** A packet is read up to this length; one with a prompt of the longest length is shorter. */
const maxPacketBytes = 262_144;

const packetStart = new TextEncoder().encode("<x:xmpmeta");
const packetEnd = new TextEncoder().encode("</x:xmpmeta>");

/**
 * The request that a PNG, JPEG, WebP or AVIF names in its XMP packet, as it stands there; whoever uses it checks it
 * like any other. The packet is found by its text, as the standard provides, whatever the container. Runs in browsers
 * too.
 * @returns `undefined` where there is none, or none that can be read
 */
export function readXmpRequest(file: Uint8Array): unknown {
  const from = findBytes(file, packetStart, 0);
  if (from < 0) return undefined;
  const to = findBytes(file.subarray(0, from + maxPacketBytes + packetEnd.length), packetEnd, from);
  if (to < 0) return undefined;
  const packet = new TextDecoder().decode(file.subarray(from, to));
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
