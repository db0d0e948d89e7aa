import { ValidationError } from "@fal-ai/client";
import OpenAI from "openai";
import { afterEach, describe, expect, it } from "vitest";
import { PipelineError } from "../../shared/errors.ts";
import { type ApiServer, openApiServer } from "../support/api/api-server.ts";
import { clients } from "./retry/retrying-clients.ts";

/**
 * A refused prompt, a refused image and a dead moderation service, through unchanged clients: the right class, at once.
 */

let api: ApiServer;
const listed = [{ category: "violence" as const, phrases: ["red cup"] }];
let isOpen = false;
afterEach(async () => {
  if (isOpen) await api.close();
  isOpen = false;
});

async function open(options: Parameters<typeof openApiServer>[0] = {}): Promise<void> {
  api = await openApiServer(options);
  isOpen = true;
}

const isSubmission = (request: string) => request.startsWith("POST");
const errorOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

/** What tells a program that its content was refused. */
const classes: { readonly [name: string]: (error: unknown) => void } = {
  openai: (error) => {
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ status: 400, code: "moderation_blocked", type: "image_generation_user_error" });
  },
  langchain: (error) => expect(error).toMatchObject({ status: 400, code: "moderation_blocked" }),
  "ai: openai": (error) => expect(error).toMatchObject({ statusCode: 400, isRetryable: false }),
  "ai: compatible": (error) => expect(error).toMatchObject({ statusCode: 400, isRetryable: false }),
  "ai: replicate": (error) => expect(String(error)).toContain("NSFW"),
  "ai: fal": (error) => expect(error).toMatchObject({ statusCode: 422, isRetryable: false }),
  replicate: (error) => expect(String(error)).toMatch(/Prediction failed: NSFW content detected/),
  "fal: run": (error) => expect(error).toBeInstanceOf(ValidationError),
  "fal: subscribe": (error) => expect(error).toBeInstanceOf(ValidationError),
  huggingface: (error) => expect(String(error)).toContain("refused"),
};

it("names a class for each client", () => expect(Object.keys(classes)).toEqual(Object.keys(clients)));

describe.each(Object.entries(clients))("%s", (name, draw) => {
  it("understands a refused prompt, and sends it once", async () => {
    await open({ moderation: { blockList: listed } });
    classes[name]!(await errorOf(draw(api.url, api.key)));
    expect(api.requests.filter(isSubmission)).toHaveLength(1);
    expect(await api.allJobs()).toEqual([]);
  });

  it("understands a refused image, and sends its request once", async () => {
    await open();
    api.beforeDrawing(async () => {
      throw new PipelineError("content_policy", "the image is refused by the content rules");
    });
    classes[name]!(await errorOf(draw(api.url, api.key)));
    expect(api.requests.filter(isSubmission)).toHaveLength(1);
    expect(await api.allJobs()).toMatchObject([{ status: "failed", failures: 1 }]);
  });
});

// Each waits as long as it is told to before it tries again.
it.each([
  "openai",
  "ai: openai",
  "replicate",
  "fal: run",
  "huggingface",
])("%s gives up on a dead moderation service after a few attempts", { timeout: 60_000 }, async (name) => {
  const text = { url: "http://127.0.0.1:9/", timeoutMs: 500, onFailure: "refuse" as const };
  await open({ moderation: { blockList: [], text } });
  expect(await errorOf(clients[name]!(api.url, api.key))).toBeInstanceOf(Error);
  expect(api.requests.filter(isSubmission).length).toBeLessThanOrEqual(6);
  expect(await api.allJobs()).toEqual([]);
});
