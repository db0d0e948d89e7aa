import { describe, expect, it } from "vitest";
import { api, client, losesResponses, request, serveSdk } from "../../test/support/api/sdk-under-test.ts";
import { DownloadError } from "./errors.ts";

serveSdk();

describe("a download", () => {
  it("are not taken for whole when they are not", async () => {
    const damaged: typeof fetch = async (input, init) => {
      const response = await fetch(input, init);
      if (!String(input).includes("/content/")) return response;
      return new Response((await response.arrayBuffer()).slice(1));
    };
    const job = await client({ fetch: damaged }).jobs.create(request);
    await job.wait();
    await expect(job.download()).rejects.toThrow(DownloadError);
  });

  it("are had from a fresh link when theirs has expired, and without telling the key", async () => {
    const seen: Request[] = [];
    const watching = client({ fetch: losesResponses(0, { seen }) });
    const job = await watching.jobs.create(request);
    await job.wait();
    api.clock.advance(25 * 3_600_000);
    const [image] = await job.download();
    expect(image?.bytes.length).toBe(image?.image.bytes);
    const links = seen.filter(({ url }) => url.includes("/content/"));
    expect(links.map(({ headers }) => headers.get("authorization"))).toEqual([null, null]);
  });
});
