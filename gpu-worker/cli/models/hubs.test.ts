import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { checkAddress, type HubName, hubs } from "./hubs.ts";

let respond: RequestListener;
const server = createServer((request, response) => respond(request, response));
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function list(hub: HubName, body: unknown, status = 200, token?: string) {
  const asked: (string | undefined)[] = [];
  respond = ({ url, headers }, response) => {
    asked.push(url, headers.authorization);
    response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const place = (path: string) => (path.endsWith(".md") ? undefined : path);
  const listing = await hubs[hub].list("a/b", place, { address, revision: "refs/pr/1", token });
  return { listing, asked, address };
}

const sha = "0".repeat(40);
const hash = "a".repeat(64);

it("lists a revision of Hugging Face: weights by their SHA-256, small files by git's own id", async () => {
  const siblings = [
    { rfilename: "vae/x.safetensors", size: 130, blobId: "b1", lfs: { sha256: hash, size: 5_000 } },
    { rfilename: "config.json", size: 7, blobId: "b2" },
    { rfilename: "README.md", size: 9, blobId: "b3" },
  ];
  const { listing, asked, address } = await list("huggingface", { sha, siblings }, 200, "t");
  expect(asked).toEqual(["/api/models/a/b/revision/refs%2Fpr%2F1?blobs=true", "Bearer t"]);
  const url = (path: string) => `${address}/a/b/resolve/${sha}/${path}`;
  expect(listing).toEqual({
    repository: "a/b",
    revision: sha,
    files: [
      {
        path: "vae/x.safetensors",
        bytes: 5_000,
        url: url("vae/x.safetensors"),
        checksum: { kind: "sha256", hex: hash },
      },
      { path: "config.json", bytes: 7, checksum: { kind: "git-sha1", hex: "b2" }, url: url("config.json") },
    ],
  });
});

it("lists a revision of ModelScope, without its folders", async () => {
  const Files = [
    { Path: "vae", Type: "tree", Size: 0 },
    { Path: "vae/x.safetensors", Type: "blob", Size: 5, Sha256: hash },
  ];
  const { listing, asked, address } = await list("modelscope", { Data: { Files } });
  expect(asked).toEqual(["/api/v1/models/a/b/repo/files?Revision=refs%2Fpr%2F1&Recursive=true", undefined]);
  expect(listing.files).toEqual([
    {
      path: "vae/x.safetensors",
      bytes: 5,
      checksum: { kind: "sha256", hex: hash },
      url: `${address}/models/a/b/resolve/refs%2Fpr%2F1/vae/x.safetensors`,
    },
  ]);
});

it.each<[string, HubName, unknown, number, string]>([
  ["a gated repository", "huggingface", "no", 401, "responded with 401; there is no a/b there, or it needs a token"],
  ["a limit of requests", "huggingface", "no", 429, "responded with 429; try again later"],
  ["a page", "huggingface", "<html>", 200, "it is not JSON; check --from and --mirror"],
  [
    "another document",
    "huggingface",
    { sha: "main", siblings: [] },
    200,
    "not the list of files that a hub gives: sha",
  ],
  ["a file without size", "huggingface", { sha, siblings: [{ rfilename: "x" }] }, 200, "x has no size or checksum"],
  ["a way out", "huggingface", { sha, siblings: [{ rfilename: "../x", size: 1, blobId: "b" }] }, 200, "plain relative"],
  ["no checksum", "modelscope", { Data: { Files: [{ Path: "x", Type: "blob", Size: 1 }] } }, 200, "x has no checksum"],
  ["a listing without end", "modelscope", "x".repeat(20_000_001), 200, "it is longer than 20000000 bytes"],
])("says what is wrong with %s", async (_, hub, body, status, message) => {
  await expect(list(hub, body, status)).rejects.toThrow(message);
});

it.each([
  ["https://hub.example/", "https://hub.example"],
  ["http://hub.example/mirror//", "http://hub.example/mirror"],
])("takes %s as an address", (address, expected) => expect(checkAddress(address)).toBe(expected));

it.each([
  "hub.example",
  "ftp://hub.example",
  "https://user@hub.example",
  "https://hub.example/?x=1",
])("refuses %s as an address", (address) => {
  expect(() => checkAddress(address)).toThrow(`got ${address}`);
});
