import assert from "node:assert/strict";
import OpenAI, { toFile } from "openai";

/** Every byte there is, so that a body that was taken for text on its way comes back changed. */
const bytes = Buffer.from(Array.from({ length: 1_024 }, (_, index) => index % 256));

/**
 * Files through the gateway: as a form, as the bare body of an upload link, and one that is too large for Lambda once
 * it is base64.
 */
export async function sendFiles(url: string, key: string): Promise<void> {
  const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 });
  const file = await openai.files.create({
    file: await toFile(bytes, "all.png", { type: "image/png" }),
    purpose: "vision",
  });
  const form = Buffer.from(await (await openai.files.content(file.id)).arrayBuffer());
  assert.ok(form.equals(bytes), "a file in a form is stored as it was sent");
  await openai.files.delete(file.id);

  for (const contentType of ["image/png", "application/octet-stream"]) {
    const initiated = await fetch(`${url}/fal/rest/storage/upload/initiate`, {
      method: "POST",
      headers: { authorization: `Key ${key}`, "content-type": "application/json" },
      body: JSON.stringify({ content_type: contentType, file_name: "all.png" }),
    });
    const links = (await initiated.json()) as { readonly upload_url: string; readonly file_url: string };
    const put = await fetch(links.upload_url, { method: "PUT", headers: { "content-type": contentType }, body: bytes });
    assert.equal(put.status, 200, await put.text());
    const stored = Buffer.from(await (await fetch(links.file_url)).arrayBuffer());
    assert.ok(stored.equals(bytes), `a body of ${contentType} is stored as it was sent`);
  }

  const tooLarge = openai.files.create({ file: await toFile(Buffer.alloc(5_000_000), "large.png"), purpose: "vision" });
  await assert.rejects(tooLarge, (error) => error instanceof OpenAI.APIError && error.status === 413);
}
