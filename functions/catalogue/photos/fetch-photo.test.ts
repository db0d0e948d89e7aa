import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { InvalidInputError, PipelineError } from "../../../shared/errors.ts";
import type { GuardedResponse } from "../../../shared/net/guarded-fetch.ts";
import { createRequestBudget } from "../../../shared/net/request-budget.ts";
import { systemClock } from "../../../shared/ports/clock.ts";
import { createMemoryObjects } from "../../../test/support/memory-objects.ts";
import { fetchPhoto } from "./fetch-photo.ts";

let png: Buffer;
beforeAll(async () => {
  png = await sharp({ create: { width: 8, height: 6, channels: 3, background: "red" } })
    .png()
    .toBuffer();
});

type Answer = Partial<GuardedResponse> | Error;

/** Fetches from a world of these addresses. */
async function fetchFrom(answers: { readonly [url: string]: Answer }, first = Object.keys(answers)[0]!) {
  const asked: string[] = [];
  const objects = createMemoryObjects({ clock: systemClock });
  const fetchImage = async (url: string): Promise<GuardedResponse> => {
    asked.push(url);
    const answer = answers[url] ?? new Error(`nobody asks for ${url}`);
    if (answer instanceof Error) throw answer;
    return { status: 200, headers: {}, body: png, truncated: false, ...answer };
  };
  const dependencies = { objects, localMode: false, budget: createRequestBudget({ clock: systemClock }), fetchImage };
  const photo = await fetchPhoto(first, { line: 7, accountId: "acc_1" }, dependencies);
  return { photo, asked, objects };
}

describe("a photo", () => {
  it("is stored under its content, as a file that requests can name", async () => {
    const { photo, objects } = await fetchFrom({ "https://shop.example/a.png": {} });
    expect(photo).toMatchObject({ width: 8, height: 6, fileId: expect.stringMatching(/^file-[0-9A-F]{26}$/) });
    const stored = await objects.get(`in/acc_1/${photo.fileId}`);
    expect(png.equals(stored!.body)).toBe(true);
  });

  it("is followed through three redirects, each of which is checked, and no further", async () => {
    const to = (location: string): Answer => ({ status: 302, headers: { location } });
    const chain = {
      "https://a.example/1": to("/2"),
      "https://a.example/2": to("https://b.example/3"),
      "https://b.example/3": to("https://b.example/4"),
      "https://b.example/4": {},
    };
    expect((await fetchFrom(chain)).asked).toEqual(Object.keys(chain));
    const longer = { ...chain, "https://b.example/4": to("/5") };
    await expect(fetchFrom(longer)).rejects.toMatchObject({ problem: { code: "picture_status" } });
  });

  it("of Google Drive is the file, not the page that shows it", async () => {
    const file = "https://drive.google.com/uc?export=download&id=1AbCdEfGhIjKlMn";
    const { asked } = await fetchFrom({ [file]: {} }, "https://drive.google.com/file/d/1AbCdEfGhIjKlMn/view");
    expect(asked).toEqual([file]);
  });

  it.each<[string, Answer, string]>([
    [
      "a forbidden address",
      new InvalidInputError("image_url_forbidden", "leads to a private network"),
      "picture_url_forbidden",
    ],
    ["a host that does not respond", new PipelineError("webhook_timeout", "no response"), "picture_unreachable"],
    ["status 404", { status: 404 }, "picture_status"],
    ["a web page", { headers: { "content-type": "text/html" } }, "picture_is_a_page"],
    ["a web page of another type", { body: Buffer.from("<!DOCTYPE html><p>") }, "picture_is_a_page"],
    ["too many bytes", { truncated: true }, "picture_too_large"],
    ["an SVG", { body: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>') }, "invalid_picture"],
    ["a HEIC", { body: Buffer.from("\0\0\0\x18ftypheic\0\0\0\0mif1heic") }, "invalid_picture"],
    ["half a file", { body: Buffer.alloc(0) }, "invalid_picture"],
  ])("is refused when it is %s, with line and address", async (_, answer, code) => {
    await expect(fetchFrom({ "https://shop.example/a": answer })).rejects.toMatchObject({
      problem: { code, line: 7, value: "https://shop.example/a" },
    });
  });

  it("that breaks off is refused", async () => {
    const half = { body: png.subarray(0, 40) };
    await expect(fetchFrom({ "https://shop.example/a": half })).rejects.toMatchObject({
      problem: { code: "invalid_picture" },
    });
  });
});
