import { describe, expect, it } from "vitest";
import { type SeenRequest, scriptedAws } from "../../test/support/aws/aws-scripted-server.ts";
import { openS3Objects } from "./objects.ts";

const text = { contentType: "text/plain" };
const body = Buffer.from("x");
const failure = (status: number, code: string) => ({ status, body: `<Error><Code>${code}</Code></Error>` });
const taken = failure(412, "PreconditionFailed");
const head = (writer: string) => ({ headers: { "x-amz-meta-writer": writer } });
const writerOf = (request: SeenRequest | undefined) => String(request?.headers["x-amz-meta-writer"]);

describe("openS3Objects putIfAbsent", () => {
  it("tries again while another create of the same key is in progress", async () => {
    const { clients, seen } = await scriptedAws([failure(409, "ConditionalRequestConflict"), taken, head("other")]);
    const objects = openS3Objects({ client: clients.s3, bucket: "b", clock: { now: () => 0, sleep: async () => {} } });
    expect(await objects.putIfAbsent("a", body, text)).toBe(false);
    expect(seen.map(({ method }) => method)).toEqual(["PUT", "PUT", "HEAD"]);
  });

  it("knows its own object when the first answer was lost", async () => {
    const { clients } = await scriptedAws([{ lost: true }, taken, (_request, earlier) => head(writerOf(earlier[0]))]);
    expect(await openS3Objects({ client: clients.s3, bucket: "b" }).putIfAbsent("a", body, text)).toBe(true);
  });
});
