import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openEmbeddedObjects } from "../../../shared/embedded/objects.ts";
import { cdnImages, clampWait, withoutConnectionHeaders } from "./lambda-edge.ts";

const request = (prefer?: string) =>
  new Request("https://api/v1/jobs", { method: "POST", body: "{}", headers: prefer ? { prefer } : undefined });

describe("clampWait", () => {
  it.each([
    ["wait=300", "wait=50"],
    ["wait=20", "wait=20"],
    ["wait", "wait=50"],
    ['respond-async, wait="120"', "respond-async, wait=50"],
    ["handling=lenient", "handling=lenient"],
    ["waiting=300", "waiting=300"],
  ])("makes of %j %j", (prefer, clamped) => {
    expect(clampWait(request(prefer)).headers.get("prefer")).toBe(clamped);
  });

  it("leaves body and other requests as they are", async () => {
    const plain = request();
    expect(clampWait(plain)).toBe(plain);
    expect(await clampWait(request("wait=300")).text()).toBe("{}");
  });
});

it("takes headers of the connection out, and nothing else", async () => {
  const headers = { connection: "keep-alive", "transfer-encoding": "chunked", "content-type": "text/event-stream" };
  const cleaned = withoutConnectionHeaders(new Response("data: 1\n\n", { status: 201, headers }));
  expect([...cleaned.headers]).toEqual([["content-type", "text/event-stream"]]);
  expect(cleaned.status).toBe(201);
  expect(await cleaned.text()).toBe("data: 1\n\n");
});

it("sends finished images through the distribution, and nothing else", async () => {
  const objects = openEmbeddedObjects(join(tmpdir(), "never-written"));
  const images = cdnImages(objects);
  expect(await images.presign("o/job_1/0-ab.png", { expiresInS: 60 })).toBe("/o/job_1/0-ab.png");
  expect(await images.presign("in/acc/latents-ab.f32", { expiresInS: 60 })).toBe(
    await objects.presign("in/acc/latents-ab.f32", { expiresInS: 60 }),
  );
  expect(await images.head("o/none")).toBeUndefined();
});
