import { describe, expect, it } from "vitest";
import { InvalidInputError, PipelineError } from "../../../shared/errors.ts";
import type { GuardedFetchOptions, GuardedResponse } from "../../../shared/net/guarded-fetch.ts";
import { createRequestBudget } from "../../../shared/net/request-budget.ts";
import { systemClock } from "../../../shared/ports/clock.ts";
import { sampleRun } from "../../../test/support/api/sample-run.ts";
import { collect } from "../../../test/support/collect.ts";
import { createMemoryObjects } from "../../../test/support/memory-objects.ts";
import { fetchSource, sourceBytes } from "./fetch-source.ts";

const address = "https://shop.example/feed.csv";
const file = Buffer.from("sku,title\nA,mug\nB,pot\n");
const run = sampleRun({ id: "run_1" });

type Answer = (url: string, headers: NonNullable<GuardedFetchOptions["headers"]>) => Partial<GuardedResponse>;

function open(answer: Answer) {
  const objects = createMemoryObjects({ clock: systemClock });
  const asked: string[] = [];
  const fetchImage = async (url: string, { headers = {} }: GuardedFetchOptions): Promise<GuardedResponse> => {
    asked.push(`${url} ${headers.range} ${headers["if-range"]}`);
    return { status: 200, headers: {}, body: new Uint8Array(), truncated: false, ...answer(url, headers) };
  };
  const dependencies = { objects, localMode: false, budget: createRequestBudget({ clock: systemClock }), fetchImage };
  return {
    asked,
    fetch: () => fetchSource(run, address, dependencies),
    bytes: async () => Buffer.concat(await collect(sourceBytes(run, objects))).toString(),
  };
}

/** A server that gives `most` bytes at a time. */
function pieces(whole: Buffer, etag: string, most = 10): Answer {
  return (_, { range }) => {
    const from = Number(/^bytes=(\d+)-/.exec(range!)![1]);
    const body = whole.subarray(from, from + most);
    const contentRange = `bytes ${from}-${from + body.length - 1}/${whole.length}`;
    return { status: 206, headers: { "content-range": contentRange, etag }, body };
  };
}

describe("a file", () => {
  it("is fetched piece by piece, and once", async () => {
    const { fetch, bytes, asked } = open(pieces(file, '"1"'));
    await fetch();
    await fetch();
    expect(await bytes()).toBe(file.toString());
    expect(asked).toEqual([
      `${address} bytes=0-15999999 undefined`,
      `${address} bytes=10-16000009 "1"`,
      `${address} bytes=20-16000019 "1"`,
    ]);
  });

  it("is read from the start where it changes on the way", async () => {
    const { fetch, bytes } = open((url, headers) =>
      headers["if-range"] === undefined ? pieces(file, '"1"')(url, headers) : { body: Buffer.from("sku\nC\n") },
    );
    await fetch();
    expect(await bytes()).toBe("sku\nC\n");
  });

  it("is asked for without a condition where its tag promises no equal bytes", async () => {
    const { fetch, asked } = open(pieces(file, 'W/"1"', 15));
    await fetch();
    expect(asked.at(-1)).toBe(`${address} bytes=15-16000014 undefined`);
  });

  it.each([
    ["an empty piece", { status: 206 }],
    ["status 416", { status: 416 }],
  ])("whose server does not know how long it is ends with %s", async (_, end) => {
    const { fetch, bytes } = open((url, headers) => {
      const { headers: known, ...piece } = pieces(file, '"1"')(url, headers);
      if (piece.body!.length === 0) return end;
      return { ...piece, headers: { "content-range": known!["content-range"]!.replace(/\d+$/, "*") } };
    });
    await fetch();
    expect(await bytes()).toBe(file.toString());
  });

  it.each<[string, Partial<GuardedResponse>["headers"] & object]>([
    ["without saying which", {}],
    ["from somewhere else", { "content-range": `bytes 3-9/${file.length}` }],
  ])("is asked for as a whole where its server sends a part of it %s", async (_, headers) => {
    const { fetch, bytes, asked } = open((_, { range }) =>
      range === undefined ? { body: file } : { status: 206, headers, body: file.subarray(0, 7) },
    );
    await fetch();
    expect(await bytes()).toBe(file.toString());
    expect(asked).toEqual([`${address} bytes=0-15999999 undefined`, `${address} undefined undefined`]);
  });

  it("is followed through three redirects and no further", async () => {
    const chain = (end: number): Answer => {
      let hops = 0;
      return () => (hops++ < end ? { status: 302, headers: { location: `/${hops}` } } : { body: file });
    };
    const { fetch, bytes, asked } = open(chain(3));
    await fetch();
    expect(await bytes()).toBe(file.toString());
    expect(asked.map((line) => line.split(" ")[0])).toEqual([
      address,
      ...[1, 2, 3].map((hop) => `https://shop.example/${hop}`),
    ]);
    await expect(open(chain(4)).fetch()).rejects.toMatchObject({ code: "source_status" });
  });
});

const throws = (error: Error) => () => {
  throw error;
};

it.each<[string, string, Answer]>([
  ["of a server that refuses", "source_status", () => ({ status: 403 })],
  ["that is too large for one response", "file_too_large", () => ({ body: file, truncated: true })],
  [
    "that grows too large",
    "file_too_large",
    (url, headers) => pieces(Buffer.alloc(200_000_001), '"1"', 100_000_001)(url, headers),
  ],
  ["on a private network", "source_url_forbidden", throws(new InvalidInputError("image_url_forbidden", "private"))],
  ["that is empty", "source_status", () => ({ status: 416 })],
  ["of which only parts are sent", "source_status", () => ({ status: 206, body: file })],
  ["that trickles", "source_unreachable", (url, headers) => pieces(Buffer.alloc(2_000), '"1"', 1)(url, headers)],
  ["of a server that is down", "source_unreachable", throws(new PipelineError("image_unreachable", "down"))],
])("a file %s is refused as %s, and not kept", async (_, code, answer) => {
  const { fetch, bytes } = open(answer);
  await expect(fetch()).rejects.toMatchObject({ name: "CatalogueError", code });
  await expect(bytes()).rejects.toThrow("the file of run run_1 was not fetched");
});

it("is no refusal of the file when a program error stops the fetch", async () => {
  const broken = new TypeError("a bug");
  await expect(open(throws(broken)).fetch()).rejects.toBe(broken);
});
