import OpenAI from "openai";
import sharp from "sharp";
import { afterEach, beforeEach } from "vitest";
import { type ApiServer, openApiServer } from "./api-server.ts";

/** The API of the test that runs, on a loopback socket, and OpenAI's own client for it; see `serveOpenai`. */
export let api: ApiServer;
export let client: OpenAI;

/** Opens `api` and `client` before each test of the file, and closes them behind it. */
export function serveOpenai(options: { readonly maxRetries?: number } = {}): void {
  beforeEach(async () => {
    api = await openApiServer();
    connect(options);
  });
  afterEach(() => api.close());
}

/** Replaces `client` for the rest of the test. */
export function connect(options: { readonly apiKey?: string; readonly maxRetries?: number }): void {
  client = new OpenAI({ baseURL: `${api.url}/v1`, apiKey: api.key, ...options });
}

/** A PNG of one colour. */
export function plainPng(background = "red"): Promise<Buffer> {
  return sharp({ create: { width: 64, height: 64, channels: 4, background } })
    .png()
    .toBuffer();
}
