import { describe, expect, it } from "vitest";
import { client, losesResponses, serveSdk } from "../../test/support/api/sdk-under-test.ts";
import type { RunRequest } from "./api.ts";
import { DownloadError, TimeoutError } from "./errors.ts";
import type { ManifestLine } from "./runs.ts";

serveSdk();

const order: RunRequest = {
  source: { rows: [{ sku: "N-1", title: "red teapot" }] },
  shots: [{ id: "main", method: "draw", prompt: "a {{title}}", size: "64x64" }],
};

describe("runs", () => {
  it("are made once, though the response is lost and the request sent again", async () => {
    const { runs } = client({ fetch: losesResponses(1) });
    const { id } = await runs.create(order);
    expect((await runs.list()).data.map((run) => run.id)).toEqual([id]);
    await runs.create(order);
    expect((await runs.list()).data).toHaveLength(2);
  });

  it("are waited for no longer than one likes", async () => {
    const { runs } = client();
    const { id } = await runs.create(order);
    await expect(runs.wait(id, { timeoutMs: 50 })).rejects.toThrow(TimeoutError);
    const enough = new AbortController();
    const onProgress = () => enough.abort(new Error("enough"));
    await expect(runs.wait(id, { signal: enough.signal, onProgress })).rejects.toThrow("enough");
  });

  it("are not waited for where nothing happens by itself", async () => {
    const seen: string[] = [];
    const scripted: typeof fetch = async () => Response.json({ id: "run_1", status: "paused" });
    const { runs } = client({ fetch: scripted });
    const run = await runs.wait("run_1", { timeoutMs: 0, onProgress: ({ status }) => seen.push(status) });
    expect([run.status, seen]).toEqual(["paused", ["paused"]]);
  });
});

describe("files of a run", () => {
  const line: ManifestLine = {
    line: 2,
    sku: "N-1",
    shot: "main",
    status: "drawn",
    error_code: null,
    error: null,
    file: "N-1_main_1.jpg",
    url: "https://files.example/v1/content/1",
    // SHA-256 of "abc".
    sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    bytes: 3,
  };

  it("are had without telling the key to their host, and are refused when damaged", async () => {
    const sent: Request[] = [];
    const answers = (body: string): typeof fetch => {
      return async (input, init) => {
        sent.push(new Request(input, init));
        return new Response(body);
      };
    };
    const bytes = await client({ fetch: answers("abc") }).runs.download(line);
    expect(new TextDecoder().decode(bytes)).toBe("abc");
    expect(sent.map(({ url, headers }) => [url, headers.get("authorization")])).toEqual([[line.url, null]]);
    const damaged = client({ fetch: answers("abd") }).runs.download(line);
    await expect(damaged).rejects.toThrow(/N-1_main_1\.jpg arrived damaged: SHA-256 a52d159f/);
  });

  it("are refused where a line has none", async () => {
    const without = { ...line, status: "failed", file: null, url: null, sha256: null, bytes: null } as const;
    await expect(client().runs.download(without)).rejects.toThrow(DownloadError);
  });
});
