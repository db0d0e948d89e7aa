import { expect, it } from "vitest";
import { checkLink, createLinkSigner } from "../../../shared/access/signed-link.ts";
import { collect } from "../../../test/support/collect.ts";
import { withFreshLinks } from "./fresh-links.ts";

const secret = "a secret for links";
const writtenAt = Date.UTC(2026, 0, 1);
const readAt = writtenAt + 7 * 86_400_000;
const signer = (now: number, origin = "https://images.example.com") =>
  createLinkSigner({ secret, origin, now: () => now, lifeS: 86_400 });

async function* bytesOf(text: string) {
  yield Buffer.from(text);
}

const refresh = async (text: string) =>
  Buffer.concat(await collect(withFreshLinks(bytesOf(text), signer(readAt)))).toString();

const key = "o/job_01/0-a b.png";
const lineOf = (...data: object[]) =>
  JSON.stringify({ custom_id: "a", response: { status_code: 200, body: { created: 1, data } }, error: null });

it("signs a link that has expired anew for the same object, and leaves all else of the line", async () => {
  const line = (link: ReturnType<typeof signer>) => lineOf({ url: link.file(key).url, revised_prompt: "a fox" });
  const fresh = await refresh(`${line(signer(writtenAt, "https://old.example.com"))}\n`);
  expect(fresh).toBe(`${line(signer(readAt))}\n`);
  const { searchParams } = new URL(JSON.parse(fresh).response.body.data[0].url);
  const link = { key, exp: searchParams.get("exp") ?? undefined, sig: searchParams.get("sig") ?? undefined };
  expect(checkLink(secret, link, readAt)).toBe("valid");
});

it.each([
  ["links elsewhere", lineOf({ url: "https://elsewhere.example/v1/images/1.png" })],
  ["links to files that are no results", lineOf({ url: "https://x.example/v1/files/in/acc/f/content/f?exp=1&sig=a" })],
  ["images in base64", lineOf({ b64_json: "AAAA" })],
  ["errors", '{"custom_id":"a","response":null,"error":{"url":"x"}}'],
  ["text that is no JSON and has no link", "not JSON"],
])("leaves %s as they are", async (_, line) => {
  expect(await refresh(line)).toBe(`${line}\n`);
});

it("keeps every line in its order, in pieces that do not grow with the file", async () => {
  const lines = Array.from({ length: 300 }, (_, i) => lineOf({ b64_json: `${i}`.padEnd(1_000, "x") }));
  const pieces = await collect(withFreshLinks(bytesOf(`${lines.join("\n")}\n`), signer(readAt)));
  expect(Buffer.concat(pieces).toString()).toBe(`${lines.join("\n")}\n`);
  expect(pieces.length).toBeGreaterThan(3);
  expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(66_000);
});

it("gives nothing for an empty file", async () => {
  expect(await refresh("")).toBe("");
});
