import { createSocket, type Socket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ipaddr from "ipaddr.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createResolveHost, type ResolveHostOptions } from "./resolve-host.ts";

type Answer = readonly string[] | "silent" | "unknown" | "broken";
/** RFC 1035, 4.1.1: no error, name error, server failure. */
const responseCodes = { unknown: 3, broken: 2 };

let folder: string;
let hostsFile: string;
let sockets: Socket[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "resolve-host-"));
  hostsFile = join(folder, "hosts");
  await writeFile(hostsFile, "127.0.0.1 localhost\n");
  sockets = [];
});
afterEach(async () => {
  for (const socket of sockets) socket.close();
  await rm(folder, { recursive: true });
});

/** A name server. Names that `answers` does not hold are unknown. */
async function nameServer(answers: { readonly [name: string]: Answer }) {
  const asked: string[] = [];
  const socket = createSocket("udp4");
  sockets.push(socket);
  socket.on("message", (question, { port, address }) => {
    const { name, type, end } = readQuestion(question);
    asked.push(name);
    const answer = answers[name] ?? "unknown";
    if (answer === "silent") return;
    const records = typeof answer === "string" ? [] : answer.map((text) => [...ipaddr.parse(text).toByteArray()]);
    const wanted = records.filter(({ length }) => length === (type === 1 ? 4 : 16));
    const code = typeof answer === "string" ? responseCodes[answer] : 0;
    const header = [0x81, 0x80 | code, 0, 1, 0, wanted.length, 0, 0, 0, 0];
    const data = wanted.flatMap((bytes) => [0xc0, 12, 0, type, 0, 1, 0, 0, 0, 0, 0, bytes.length, ...bytes]);
    socket.send(
      Buffer.from([...question.subarray(0, 2), ...header, ...question.subarray(12, end), ...data]),
      port,
      address,
    );
  });
  await once(socket.bind(0, "127.0.0.1"), "listening");
  return { asked, server: `127.0.0.1:${socket.address().port}` };
}

function readQuestion(question: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = question[at]!; length > 0; length = question[at]!) {
    labels.push(question.toString("ascii", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join(".").toLowerCase(), type: question.readUInt16BE(at + 1), end: at + 5 };
}

const idle = new AbortController().signal;
const never = () => Promise.reject(new Error("the system was asked"));

async function setUp(answers: { readonly [name: string]: Answer }, options: ResolveHostOptions = {}) {
  const { asked, server } = await nameServer(answers);
  return { asked, resolve: createResolveHost({ servers: [server], hostsFile, lookup: never, ...options }) };
}

describe("resolveHost", () => {
  it("gives all addresses of both families, IPv4 first", async () => {
    const addresses = ["2001:db8::1", "192.0.2.1", "192.0.2.2"];
    const { resolve } = await setUp({ "both.example": addresses, "six.example": ["2001:db8::2"] });
    expect(await resolve("both.example", idle)).toEqual(["192.0.2.1", "192.0.2.2", "2001:db8::1"]);
    expect(await resolve("six.example", idle)).toEqual(["2001:db8::2"]);
  });

  it("answers, and leaves the system's resolver free, while the servers of many names are silent", async () => {
    const silent = Array.from({ length: 64 }, (_, i) => `slow${i}.example`);
    const answers = {
      ...Object.fromEntries(silent.map((name) => [name, "silent"] as const)),
      "good.example": ["192.0.2.1"],
    };
    const { asked, resolve } = await setUp(answers, { timeoutMs: 10_000 });
    const stop = new AbortController();
    let ended = 0;
    const waiting = silent.map((name) =>
      resolve(name, stop.signal)
        .catch((reason: Error) => reason.message)
        .finally(() => ended++),
    );
    while (new Set(asked).size < silent.length) await new Promise((next) => setImmediate(next));
    expect(await resolve("good.example", idle)).toEqual(["192.0.2.1"]);
    await lookup("localhost");
    expect(ended).toBe(0);
    stop.abort(new Error("stopping"));
    expect(await Promise.all(waiting)).toEqual(silent.map(() => "stopping"));
  });

  it("ends with an error when the server stays silent, without asking the system", async () => {
    const { resolve } = await setUp({ "slow.example": "silent" }, { timeoutMs: 10 });
    await expect(resolve("slow.example", idle)).rejects.toMatchObject({ code: "ETIMEOUT" });
  });

  it("sends no query for a caller that is gone", async () => {
    const { asked, resolve } = await setUp({});
    await expect(resolve("gone.example", AbortSignal.abort(new Error("stopping")))).rejects.toThrow("stopping");
    expect(asked).toEqual([]);
  });

  it("sends no query for names of the hosts file, whatever the name servers say, nor for loopback names", async () => {
    const text = "127.0.1.1\tpinned.example Short # other.example\r\n# 10.0.0.1 pinned.example\n::1 pinned.example\n";
    await writeFile(hostsFile, text);
    const { asked, resolve } = await setUp({ "pinned.example": ["192.0.2.1"], "other.example": ["192.0.2.2"] });
    for (const name of ["pinned.example", "pinned.example."]) {
      expect(await resolve(name, idle)).toEqual(["127.0.1.1", "::1"]);
    }
    expect(await resolve("short", idle)).toEqual(["127.0.1.1"]);
    for (const name of ["localhost", "localhost.", "hooks.localhost"]) {
      expect(await resolve(name, idle)).toEqual(["127.0.0.1", "::1"]);
    }
    expect(asked).toEqual([]);
    expect(await resolve("other.example", idle)).toEqual(["192.0.2.2"]);
  });

  it("does without a hosts file", async () => {
    const { resolve } = await setUp({ "a.example": ["192.0.2.1"] }, { hostsFile: join(folder, "none") });
    expect(await resolve("a.example", idle)).toEqual(["192.0.2.1"]);
  });

  it.each(["unknown", []] as const)("leaves a name that the server answers with %j to the system", async (answer) => {
    const { resolve } = await setUp({ "printer.local": answer }, { lookup: async () => ["192.0.2.7"] });
    expect(await resolve("printer.local", idle)).toEqual(["192.0.2.7"]);
  });

  it("has the system look up one name at a time, and none whose caller is gone by then", async () => {
    const names: string[] = [];
    const turns: (() => void)[] = [];
    const slow = async (host: string) => {
      names.push(host);
      await new Promise<void>((resolve) => turns.push(resolve));
      if (host === "first") throw Object.assign(new Error("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND" });
      return ["192.0.2.1"];
    };
    const { asked, resolve } = await setUp({}, { lookup: slow });
    const step = () => new Promise((next) => setImmediate(next));
    const first = expect(resolve("first", idle)).rejects.toMatchObject({ code: "ENOTFOUND" });
    while (names.length === 0) await step();
    const gone = new AbortController();
    const second = expect(resolve("second", gone.signal)).rejects.toThrow("stopping");
    while (!asked.includes("second")) await step();
    const third = resolve("third", idle);
    const good = await setUp({ "good.example": ["192.0.2.9"] });
    expect(await good.resolve("good.example", idle)).toEqual(["192.0.2.9"]);
    expect(names).toEqual(["first"]);
    gone.abort(new Error("stopping"));
    turns.shift()?.();
    await first;
    await second;
    while (turns.length === 0) await step();
    turns.shift()?.();
    expect(await third).toEqual(["192.0.2.1"]);
    expect(names).toEqual(["first", "third"]);
  });

  it("asks the next server when one fails, and the system not even when all do", async () => {
    const failing = await nameServer({ "a.example": "broken", "b.example": "broken" });
    const working = await nameServer({ "a.example": ["192.0.2.1"], "b.example": "broken" });
    const servers = [failing.server, working.server];
    const resolve = createResolveHost({ servers, hostsFile, lookup: never });
    expect(await resolve("a.example", idle)).toEqual(["192.0.2.1"]);
    await expect(resolve("b.example", idle)).rejects.toMatchObject({ code: "ESERVFAIL" });
    expect(new Set(working.asked)).toEqual(new Set(["a.example", "b.example"]));
  });
});
