import { once } from "node:events";
import { type AddressInfo, createServer, connect as tcpConnect } from "node:net";
import { expect, it } from "vitest";
import { InvalidInputError } from "../errors.ts";
import { type GuardedTarget, guardedFetch } from "./guarded-fetch.ts";

/*
 * Addresses that an attacker gives in the hope that we call them from inside. Each must be refused before a socket is
 * made: the connector counts, and a listener on loopback counts as well, in case something went around the connector.
 */

const written: readonly [url: string, what: string][] = [
  ["http://93.184.216.34/", "plain http"],
  ["ftp://example.com/", "ftp"],
  ["file:///etc/passwd", "a file"],
  ["gopher://127.0.0.1:6379/_FLUSHALL", "gopher"],
  ["data:text/plain,x", "data"],
  ["javascript:fetch('//x')", "a script"],
  ["https://example.com:22/", "ssh port"],
  ["https://example.com:6379/", "redis port"],
  ["https://example.com:80/", "http port"],
  ["https://user@example.com/", "user name"],
  ["https://example.com@127.0.0.1/", "name as user name"],
  ["https://a:b@169.254.169.254/", "password"],
  ["https://example.com\\@127.0.0.1/", "backslash before the sign"],
  ["https:127.0.0.1/", "no slashes"],
  ["https:\\\\127.0.0.1/", "backslashes"],
  ["  https://127.0.0.1/  ", "blanks around"],
  ["https://127.0.0.\t1/", "a tab inside"],
  ["https://localhost/", "loopback by name"],
  ["https://LocalHost./", "with a dot and capitals"],
  ["https://metadata.localhost/", "below localhost"],
  ["https://ｌｏｃａｌｈｏｓｔ/", "full-width letters"],
  ["https://127.0.0.1/", "loopback"],
  ["https://127.0.0.1./", "loopback with a dot"],
  ["https://127.255.255.254/", "the end of 127/8"],
  ["https://127.1/", "short"],
  ["https://127.0.1/", "three parts"],
  ["https://2130706433/", "decimal"],
  ["https://0x7f000001/", "hexadecimal"],
  ["https://0x7F.0.0.0x1/", "hexadecimal parts"],
  ["https://017700000001/", "octal"],
  ["https://0177.0.0.01/", "octal parts"],
  ["https://00000177.1/", "octal with zeros"],
  ["https://%31%32%37.0.0.1/", "percent-encoded"],
  ["https://127%2e0%2e0%2e1/", "percent-encoded dots"],
  ["https://127。0。0。1/", "ideographic full stops"],
  ["https://①②⑦.⓪.⓪.①/", "circled digits"],
  ["https://１２７.０.０.１/", "full-width digits"],
  ["https://0.0.0.0/", "unspecified"],
  ["https://0/", "unspecified, short"],
  ["https://10.0.0.1/", "10/8"],
  ["https://167772161/", "10/8, decimal"],
  ["https://172.16.0.1/", "172.16/12"],
  ["https://172.31.255.254/", "the end of 172.16/12"],
  ["https://192.168.1.1/", "192.168/16"],
  ["https://100.64.0.1/", "shared address space"],
  ["https://100.100.100.200/", "Alibaba Cloud's metadata"],
  ["https://169.254.169.254/latest/meta-data/", "metadata"],
  ["https://2852039166/", "metadata, decimal"],
  ["https://0xa9fea9fe/", "metadata, hexadecimal"],
  ["https://0251.0376.0251.0376/", "metadata, octal"],
  ["https://169.254.170.2/", "ECS task credentials"],
  ["https://192.0.0.192/", "Oracle Cloud's metadata"],
  ["https://168.63.129.16/metadata", "Azure's host"],
  ["https://198.18.0.1/", "benchmark range"],
  ["https://192.0.2.1/", "documentation"],
  ["https://192.88.99.1/", "6to4 relay"],
  ["https://224.0.0.1/", "multicast"],
  ["https://240.0.0.1/", "reserved"],
  ["https://255.255.255.255/", "broadcast"],
  ["https://[::1]/", "IPv6 loopback"],
  ["https://[0:0:0:0:0:0:0:1]/", "IPv6 loopback in full"],
  ["https://[::]/", "IPv6 unspecified"],
  ["https://[::ffff:127.0.0.1]/", "IPv4-mapped loopback"],
  ["https://[::ffff:7f00:1]/", "IPv4-mapped, hexadecimal"],
  ["https://[0:0:0:0:0:ffff:10.0.0.1]/", "IPv4-mapped private in full"],
  ["https://[::ffff:a9fe:a9fe]/", "IPv4-mapped metadata"],
  ["https://[::ffff:0:127.0.0.1]/", "IPv4-translated"],
  ["https://[::127.0.0.1]/", "IPv4-compatible loopback"],
  ["https://[::a9fe:a9fe]/", "IPv4-compatible metadata"],
  ["https://[64:ff9b::127.0.0.1]/", "NAT64 loopback"],
  ["https://[64:ff9b::a9fe:a9fe]/", "NAT64 metadata"],
  ["https://[64:ff9b:1::a00:1]/", "local NAT64"],
  ["https://[2002:7f00:1::]/", "6to4 loopback"],
  ["https://[2002:a9fe:a9fe::1]/", "6to4 metadata"],
  ["https://[2002:c0a8:101::1]/", "6to4 private"],
  ["https://[2001:0:a00:1::f7f7:f7f7]/", "Teredo server private"],
  ["https://[2001:0:808:808::5601:5601]/", "Teredo client metadata"],
  ["https://[2001:4860::5efe:10.0.0.1]/", "ISATAP private"],
  ["https://[2001:4860::200:5efe:127.0.0.1]/", "ISATAP loopback"],
  ["https://[fd00:ec2::254]/", "EC2 metadata over IPv6"],
  ["https://[fd20:ce::254]/", "Google Cloud metadata over IPv6"],
  ["https://[fc00::1]/", "unique-local"],
  ["https://[fe80::1]/", "link-local"],
  ["https://[fe80::1%25eth0]/", "link-local with a zone"],
  ["https://[fec0::1]/", "site-local"],
  ["https://[ff02::1]/", "multicast"],
  ["https://[100::1]/", "discard"],
  ["https://[2001:db8::1]/", "documentation"],
  ["https://[::1]:8443/", "loopback on an open port"],
  ["https://", "nothing"],
  ["//127.0.0.1/", "no scheme"],
  [`https://example.com/${"a".repeat(2_048)}`, "too long"],
];

/** Addresses that an attacker's name resolves to. */
const resolved: readonly [addresses: readonly string[], what: string][] = [
  [["127.0.0.1"], "loopback"],
  [["10.0.0.1"], "private"],
  [["169.254.169.254"], "metadata"],
  [["168.63.129.16"], "Azure's host"],
  [["0.0.0.0"], "unspecified"],
  [["::1"], "IPv6 loopback"],
  [["::ffff:127.0.0.1"], "IPv4-mapped"],
  [["::127.0.0.1"], "IPv4-compatible"],
  [["64:ff9b::7f00:1"], "NAT64"],
  [["2002:7f00:1::1"], "6to4"],
  [["2001:0:808:808::80ff:fffe"], "Teredo"],
  [["fe80::1%lo"], "a zone"],
  [["fd00:ec2::254"], "EC2 metadata over IPv6"],
  [["93.184.216.34", "127.0.0.1"], "public and loopback"],
  [["2606:4700:4700::1111", "fd00::1"], "public and unique-local"],
  [["93.184.216.34", "::ffff:10.0.0.1"], "public and mapped"],
  [["127.1"], "an address that is none"],
  [["0x7f000001"], "hexadecimal"],
];

it(`refuses ${written.length} hostile URLs and ${resolved.length} hostile names without making a connection`, async () => {
  expect(written.length).toBeGreaterThanOrEqual(60);
  expect(new Set(written.map(([url]) => url)).size).toBe(written.length);
  const targets: GuardedTarget[] = [];
  let connections = 0;
  const trap = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  await once(trap.listen(0, "127.0.0.1"), "listening");
  const { port } = trap.address() as AddressInfo;
  const connect = (target: GuardedTarget) => {
    targets.push(target);
    return tcpConnect(port, "127.0.0.1");
  };
  // A resolver that would let every name pass: what is refused is refused for what is written.
  const harmless = async () => ["93.184.216.34"];
  const outcomes: string[] = [];
  for (const [url, what] of written) {
    outcomes.push(await outcome(guardedFetch(url, { method: "POST", resolve: harmless, connect }), `${url} (${what})`));
  }
  for (const [addresses, what] of resolved) {
    const fetched = guardedFetch("https://rebind.example/", {
      method: "POST",
      resolve: async () => addresses,
      connect,
    });
    outcomes.push(await outcome(fetched, `${addresses} (${what})`));
  }
  expect(outcomes.filter((text) => !text.startsWith("refused "))).toEqual([]);
  expect(targets).toEqual([]);

  // The same trap springs for an address that is allowed: the count above can be other than 0. And the second answer of
  // a rebinding resolver is never asked for.
  const answers = [["93.184.216.34"], ["127.0.0.1"]];
  const rebinding = async () => answers.shift() ?? [];
  await outcome(guardedFetch("https://rebind.example/", { method: "POST", resolve: rebinding, connect }), "");
  expect(targets).toEqual([{ tls: true, host: "rebind.example", port: 443, addresses: ["93.184.216.34"] }]);
  expect(answers).toHaveLength(1);
  trap.close();
  await once(trap, "close");
  expect(connections).toBe(1);
});

async function outcome(work: Promise<unknown>, name: string): Promise<string> {
  try {
    await work;
    return `answered ${name}`;
  } catch (error) {
    const refused =
      error instanceof InvalidInputError && ["webhook_url_forbidden", "webhook_url_invalid"].includes(error.code);
    return refused ? `refused ${name}` : `failed ${name}: ${error}`;
  }
}
