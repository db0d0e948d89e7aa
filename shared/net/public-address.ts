import { isIPv4, isIPv6 } from "node:net";
import ipaddr from "ipaddr.js";

export type AddressKind = "public" | "loopback" | "forbidden";

/**
 * Kind of an IP address (as a resolver gives it, or as written in a URL). `public` is an allow list: unicast
 * addresses of the public internet alone. Private, shared (CGNAT), link-local and metadata, unique-local, multicast,
 * unspecified, benchmark, documentation and reserved ranges are `forbidden`, and so is what is no address at all.
 * IPv6 forms that carry an IPv4 address are as public as the address inside.
 */
export function addressKind(address: string): AddressKind {
  // ipaddr.js alone would also read octal, hexadecimal and one-number IPv4; no resolver answers so.
  if (isIPv4(address)) return kindOfIPv4(ipaddr.IPv4.parse(address));
  // The URL parser writes IPv6 in hexadecimal groups (ipaddr.js would read `::10.0.0.1` as if it were
  // `::ffff:10.0.0.1`) and refuses zones, which name an interface of this machine and never the internet.
  const url = isIPv6(address) ? URL.parse(`http://[${address}]/`) : null;
  if (url === null) return "forbidden";
  const ip = ipaddr.IPv6.parse(url.hostname.slice(1, -1));
  if (ip.range() === "loopback") return "loopback";
  const embedded = embeddedIPv4(ip);
  if (embedded.length > 0) return worst(embedded.map(kindOfIPv4));
  if (!ip.match(globalUnicast) || ip.range() !== "unicast") return "forbidden";
  const bytes = ip.toByteArray();
  return isIsatap(bytes) ? kindOfIPv4(new ipaddr.IPv4(bytes.slice(12))) : "public";
}

/** Whether an address is of a private network (RFC 1918, unique-local), and no cloud's own service in it. */
export function isPrivateAddress(address: string): boolean {
  if (isIPv4(address)) return ipaddr.IPv4.parse(address).range() === "private";
  if (!isIPv6(address) || address.includes("%")) return false;
  const ip = ipaddr.IPv6.parse(address);
  return ip.range() === "uniqueLocal" && !cloudServices.some((service) => ip.match(service));
}

/** Metadata of EC2 and of Google's cloud. */
const cloudServices = ["fd00:ec2::/32", "fd20:ce::/32"].map((range) => ipaddr.IPv6.parseCIDR(range));

function kindOfIPv4(ip: ipaddr.IPv4): AddressKind {
  const range = ip.range();
  if (ip.match(azureHost)) return "forbidden";
  if (range === "unicast") return "public";
  return range === "loopback" ? "loopback" : "forbidden";
}

function worst(kinds: readonly AddressKind[]): AddressKind {
  if (kinds.includes("forbidden")) return "forbidden";
  return kinds.includes("loopback") ? "loopback" : "public";
}

/** Public by its number, but inside Azure the way to the host that runs us: metadata, DNS, health. */
const azureHost = ipaddr.IPv4.parseCIDR("168.63.129.16/32");
const globalUnicast = ipaddr.IPv6.parseCIDR("2000::/3");
const lastFour = (bytes: readonly number[]) => [bytes.slice(12)];

/**
 * Where each transition form keeps its IPv4 addresses. `64:ff9b:1::/48` (local NAT64) has no fixed place and stays
 * forbidden.
 */
const embeddings: readonly [prefix: [ipaddr.IPv6, number], read: (bytes: readonly number[]) => number[][]][] = [
  [ipaddr.IPv6.parseCIDR("::ffff:0:0/96"), lastFour], // IPv4-mapped, RFC 4291
  [ipaddr.IPv6.parseCIDR("::ffff:0:0:0/96"), lastFour], // IPv4-translated, RFC 6145
  [ipaddr.IPv6.parseCIDR("64:ff9b::/96"), lastFour], // NAT64, RFC 6052
  [ipaddr.IPv6.parseCIDR("2002::/16"), (bytes) => [bytes.slice(2, 6)]], // 6to4, RFC 3056
  // Teredo, RFC 4380: the server, then the client with all bits flipped.
  [ipaddr.IPv6.parseCIDR("2001::/32"), (bytes) => [bytes.slice(4, 8), bytes.slice(12).map((byte) => byte ^ 0xff)]],
];

function embeddedIPv4(ip: ipaddr.IPv6): ipaddr.IPv4[] {
  const found = embeddings.find(([prefix]) => ip.match(prefix));
  return found ? found[1](ip.toByteArray()).map((octets) => new ipaddr.IPv4(octets)) : [];
}

/**
 * Under any prefix, RFC 5214: an interface named `0000:5efe` or `0200:5efe` and then the IPv4 address of the tunnel's
 * end.
 */
function isIsatap(bytes: readonly number[]): boolean {
  return (bytes[8]! & 0xfd) === 0 && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe;
}
