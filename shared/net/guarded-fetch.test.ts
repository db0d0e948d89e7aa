import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server as TcpServer,
  connect as tcpConnect,
} from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { InvalidInputError, PipelineError } from "../errors.ts";
import { assertAllowedUrl, type GuardedTarget, guardedFetch, guardedResponseBytes } from "./guarded-fetch.ts";

const servers: (Server | TcpServer)[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    if ("closeAllConnections" in server) server.closeAllConnections();
  }
});

async function listen<S extends Server | TcpServer>(server: S): Promise<number> {
  servers.push(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  return (server.address() as AddressInfo).port;
}

const serve = (listener: RequestListener) => listen(createServer(listener));
const local = { method: "POST", body: "{}", allowLoopback: true } as const;

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(PipelineError);
  return (error as PipelineError).code;
}

describe("an operator's own address", () => {
  it.each([
    "http://10.0.0.7:8080/check",
    "http://127.0.0.1:9000/",
    "https://[fd12::1]/",
    "http://moderation.internal/",
  ])("may be %s", (url) => {
    expect(assertAllowedUrl(url, { isOperators: true })).toBeInstanceOf(URL);
    expect(() => assertAllowedUrl(url)).toThrow(InvalidInputError);
  });

  it.each([
    "http://169.254.169.254/",
    "http://[fd00:ec2::254]/",
    "http://100.100.100.200/",
    "http://[fe80::1]/",
  ])("may not be %s", (url) => {
    expect(() => assertAllowedUrl(url, { isOperators: true })).toThrow(InvalidInputError);
  });

  it("may not be a name that leads to a machine's metadata", async () => {
    const resolve = async () => ["169.254.169.254"];
    const work = guardedFetch("http://metadata.example/", { method: "GET", isOperators: true, resolve });
    expect(await codeOf(work)).toBe("webhook_url_forbidden");
  });
});

describe("assertAllowedUrl", () => {
  it.each([
    ["https://example.com/hook"],
    ["https://example.com:8443/hook?a=b"],
    ["https://example.com:443/"],
    ["https://8.8.8.8/"],
    ["https://134744072/"], // 8.8.8.8 in decimal
    ["https://[2606:4700:4700::1111]/"],
    ["https://bücher.example/"],
    ["https://localhost.example.com/"],
  ])("allows %s", (url) => {
    expect(assertAllowedUrl(url)).toBeInstanceOf(URL);
  });

  it.each([
    ["http://example.com/", "plain http"],
    ["ftp://example.com/", "another scheme"],
    ["file:///etc/passwd", "a file"],
    ["https://example.com:80/", "a port that is not 443 or 8443"],
    ["https://example.com:22/", "ssh"],
    ["https://user@example.com/", "a user name"],
    ["https://:secret@example.com/", "a password"],
    ["https://localhost/", "loopback by name"],
    ["https://LOCALHOST./", "loopback by name, absolute"],
    ["https://app.localhost/", "below localhost"],
    ["https://127.0.0.1/", "loopback"],
    ["https://2130706433/", "decimal loopback"],
    ["https://0x7f000001/", "hexadecimal loopback"],
    ["https://0x7f.1/", "short hexadecimal loopback"],
    ["https://0177.0.0.1/", "octal loopback"],
    ["https://127.1/", "short loopback"],
    ["https://127.0.0.1./", "loopback with a trailing dot"],
    ["https://①②⑦.0.0.1/", "loopback in circled digits"],
    ["https://%31%32%37.0.0.1/", "percent-encoded loopback"],
    ["https://[::1]/", "IPv6 loopback"],
    ["https://[::ffff:127.0.0.1]/", "IPv4-mapped loopback"],
    ["https://[::ffff:a9fe:a9fe]/", "IPv4-mapped metadata"],
    ["https://[64:ff9b::a00:1]/", "NAT64 of 10.0.0.1"],
    ["https://169.254.169.254/latest/meta-data/", "metadata"],
    ["https://2852039166/", "decimal metadata"],
    ["https://[fd00:ec2::254]/", "IPv6 metadata"],
    ["https://10.1.2.3/", "private"],
    ["https://0/", "unspecified"],
  ])("refuses %s (%s)", (url) => {
    expect(() => assertAllowedUrl(url)).toThrow(
      expect.objectContaining({ code: "webhook_url_forbidden", param: "webhook.url" }),
    );
  });

  it.each([
    ["not a url"],
    [""],
    ["/hook"],
    ["https://"],
    ["https://999.1.1.1/"],
    [`https://example.com/${"a".repeat(2048)}`],
  ])("calls case %# invalid", (url) => {
    expect(() => assertAllowedUrl(url)).toThrow(expect.objectContaining({ code: "webhook_url_invalid" }));
  });

  it("allows http, any port and loopback in local mode, but no private network", () => {
    for (const url of [
      "http://127.0.0.1:8080/",
      "http://localhost:3000/",
      "http://[::1]:9/",
      "https://example.com:444/",
    ]) {
      expect(assertAllowedUrl(url, { allowLoopback: true }).href).toBe(url);
    }
    for (const url of ["http://10.0.0.1/", "http://169.254.169.254/", "http://192.168.0.1/", "http://0.0.0.0:80/"]) {
      expect(() => assertAllowedUrl(url, { allowLoopback: true })).toThrow(InvalidInputError);
    }
  });
});

describe("guardedFetch", () => {
  it("sends method, headers and body, and gives the answer", async () => {
    const port = await serve(async (request, response) => {
      const sent = await text(request);
      response.writeHead(201, { "x-seen": request.headers["x-mark"] as string });
      response.end(`${request.method} ${request.url} ${request.headers.host} ${sent}`);
    });
    const answer = await guardedFetch(`http://127.0.0.1:${port}/a?b=c#d`, {
      ...local,
      headers: { "x-mark": "1" },
      body: "né",
    });
    expect(answer.status).toBe(201);
    expect(answer.headers["x-seen"]).toBe("1");
    expect(Buffer.from(answer.body).toString()).toBe(`POST /a?b=c 127.0.0.1:${port} né`);
    expect(answer.truncated).toBe(false);
  });

  it("refuses a name as soon as one of its addresses is not public, without connecting", async () => {
    const connect = () => {
      throw new Error("connected");
    };
    for (const bad of [
      "127.0.0.1",
      "10.0.0.1",
      "169.254.169.254",
      "::ffff:10.0.0.1",
      "64:ff9b::7f00:1",
      "fd00:ec2::254",
    ]) {
      const resolve = async () => ["93.184.216.34", bad];
      expect(await codeOf(guardedFetch("https://rebind.example/", { method: "POST", resolve, connect }))).toBe(
        "webhook_url_forbidden",
      );
    }
  });

  it("calls what a name leads to worth another try, and what is written not", async () => {
    const fetched = (url: string) =>
      guardedFetch(url, { method: "POST", param: "image", resolve: async () => ["0.0.0.0"] });
    const forbidden = { code: "webhook_url_forbidden", param: "image" };
    await expect(fetched("https://moving.example/")).rejects.toMatchObject({ ...forbidden, retryable: true });
    await expect(fetched("https://0.0.0.0/")).rejects.toMatchObject({ ...forbidden, retryable: false });
  });

  it("does not tell which private address a name has", async () => {
    const resolve = async () => ["10.11.12.13"];
    await expect(guardedFetch("https://intern.example/", { method: "GET", resolve })).rejects.not.toThrow(
      "10.11.12.13",
    );
  });

  it("uses the checked address though the next answer of the resolver is another (DNS rebinding)", async () => {
    const port = await serve((_request, response) => response.end("ok"));
    const answers = [["93.184.216.34"], ["127.0.0.1"]];
    const targets: GuardedTarget[] = [];
    const answer = await guardedFetch("http://rebind.example:8080/", {
      ...local,
      resolve: async () => answers.shift() ?? [],
      connect: (target) => {
        targets.push(target);
        return tcpConnect(port, "127.0.0.1");
      },
    });
    expect(answer.status).toBe(200);
    expect(targets).toEqual([{ tls: false, host: "rebind.example", port: 8080, addresses: ["93.184.216.34"] }]);
    expect(answers).toEqual([["127.0.0.1"]]);
  });

  it("connects to the address that was resolved, whatever the system's resolver thinks of the name", async () => {
    const port = await serve((request, response) => response.end(request.headers.host));
    const answer = await guardedFetch(`http://no-such-name.invalid:${port}/`, {
      ...local,
      resolve: async () => ["127.0.0.1"],
    });
    expect(Buffer.from(answer.body).toString()).toBe(`no-such-name.invalid:${port}`);
  });

  it("reaches loopback by its names in local mode, with no name server", async () => {
    const port = await serve((request, response) => response.end(request.headers.host));
    for (const name of ["localhost", "hooks.localhost"]) {
      const { body } = await guardedFetch(`http://${name}:${port}/`, local);
      expect(Buffer.from(body).toString()).toBe(`${name}:${port}`);
    }
  });

  it("hands the end of its time on to the resolver", async () => {
    let given: AbortSignal | undefined;
    const resolve = (_host: string, signal: AbortSignal) => {
      given = signal;
      return new Promise<string[]>(() => {});
    };
    await codeOf(guardedFetch("https://slow.example/", { method: "GET", resolve, timeoutMs: 10 }));
    expect(given?.aborted).toBe(true);
  });

  it("speaks TLS with the URL's name to the resolved address, and reports a failed handshake", async () => {
    let hello = Buffer.alloc(0);
    const port = await listen(
      createTcpServer((socket) => {
        socket.on("error", () => {});
        socket.once("data", (data) => {
          hello = data;
          socket.destroy();
        });
      }),
    );
    const code = await codeOf(
      guardedFetch(`https://receiver.example:${port}/`, { ...local, resolve: async () => ["127.0.0.1"] }),
    );
    expect(code).toBe("webhook_unreachable");
    expect(hello[0]).toBe(0x16); // a TLS handshake record
    expect(hello.includes("receiver.example")).toBe(true); // server name indication
  });

  it("returns a redirect as it is", async () => {
    let requests = 0;
    const port = await serve((_request, response) => {
      requests++;
      response.writeHead(302, { location: "http://169.254.169.254/" }).end();
    });
    expect((await guardedFetch(`http://127.0.0.1:${port}/`, local)).status).toBe(302);
    expect(requests).toBe(1);
  });

  it("cuts a response that is larger than the cap and closes the connection", async () => {
    const { promise: closed, resolve: onClosed } = Promise.withResolvers<void>();
    const port = await serve((request, response) => {
      request.socket.once("close", () => onClosed());
      response.on("error", () => {});
      const pour = () => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384, 97)));
        if (!response.destroyed) response.once("drain", pour);
      };
      pour();
    });
    const answer = await guardedFetch(`http://127.0.0.1:${port}/`, local);
    expect(answer.body).toHaveLength(guardedResponseBytes);
    expect(answer.truncated).toBe(true);
    await closed;
  });

  it("takes a response of exactly the cap as whole", async () => {
    const port = await serve((_request, response) => response.end(Buffer.alloc(guardedResponseBytes)));
    expect(await guardedFetch(`http://127.0.0.1:${port}/`, local)).toMatchObject({ status: 200, truncated: false });
  });

  it("gives up on headers that are larger than their cap", async () => {
    const port = await serve((_request, response) => response.writeHead(200, { "x-big": "a".repeat(20_000) }).end());
    expect(await codeOf(guardedFetch(`http://127.0.0.1:${port}/`, local))).toBe("webhook_unreachable");
  });

  it.each([
    ["never answers", (): void => {}],
    ["sends its body byte by byte", ((_request, response) => response.writeHead(200).write("a")) as RequestListener],
  ])("gives up after the time limit when the receiver %s", async (_name, listener) => {
    const port = await serve(listener);
    const work = guardedFetch(`http://127.0.0.1:${port}/`, { ...local, timeoutMs: 100 });
    await expect(work).rejects.toMatchObject({ code: "webhook_timeout", retryable: true });
  });

  it("counts a resolver that hangs against the same limit", async () => {
    const resolve = () => new Promise<string[]>(() => {});
    expect(await codeOf(guardedFetch("https://slow.example/", { method: "GET", resolve, timeoutMs: 50 }))).toBe(
      "webhook_timeout",
    );
  });

  it("ends with the caller's reason when the caller aborts", async () => {
    const port = await serve(() => controller.abort(new Error("shutting down")));
    const controller = new AbortController();
    const work = guardedFetch(`http://127.0.0.1:${port}/`, { ...local, signal: controller.signal });
    await expect(work).rejects.toThrow("shutting down");
  });

  it.each([
    ["refused connection", "webhook_unreachable", async () => ["127.0.0.1"]],
    ["name without address", "webhook_host_unresolved", async () => []],
    [
      "resolver error",
      "webhook_host_unresolved",
      async () => {
        throw Object.assign(new Error("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND" });
      },
    ],
  ])("calls a %s %s, worth a retry", async (_name, code, resolve: () => Promise<string[]>) => {
    const port = await listen(createTcpServer());
    servers.pop()?.close(); // nobody listens there now
    const work = guardedFetch(`http://receiver.example:${port}/`, { ...local, resolve });
    await expect(work).rejects.toMatchObject({ code, retryable: true });
  });

  it.each([
    ["closes without a word", ""],
    ["switches protocols", "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"],
    ["speaks no HTTP", "SSH-2.0-OpenSSH_9.2\r\n"],
    ["ends in the middle of its body", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc"],
  ])("calls a receiver that %s unreachable", async (_name, bytes) => {
    const port = await listen(
      createTcpServer((socket) => {
        socket.on("error", () => {});
        socket.once("data", () => socket.end(bytes));
      }),
    );
    expect(await codeOf(guardedFetch(`http://127.0.0.1:${port}/`, local))).toBe("webhook_unreachable");
  });
});
