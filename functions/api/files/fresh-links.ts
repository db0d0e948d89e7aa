import type { LinkSigner } from "../../../shared/access/signed-link.ts";
import { readLines } from "./read-lines.ts";

/** No line of a file of ours is longer: images in base64 of one request. */
const maxLineBytes = 128 * 1024 * 1024;
/** Lines are sent in pieces of about so many bytes. */
const pieceBytes = 64_000;
const resultPath = /\/v1\/files\/(o\/.+)\/content\/[^/?]+\?exp=/;

/**
 * A file with a JSON document a line, in which every link to a result is signed anew: a link lives for a day, and the
 * file for a month. Only for files that this program wrote; a caller must not have links signed that he made up.
 */
export async function* withFreshLinks(
  file: AsyncIterable<Uint8Array>,
  link: LinkSigner,
): AsyncGenerator<Uint8Array, void> {
  let held: string[] = [];
  let heldCharacters = 0;
  for await (const { text } of readLines(file, { maxLineBytes })) {
    const line = `${text.includes('"url":"') ? signed(text, link) : text}\n`;
    held.push(line);
    heldCharacters += line.length;
    if (heldCharacters < pieceBytes) continue;
    yield Buffer.from(held.join(""));
    held = [];
    heldCharacters = 0;
  }
  if (held.length > 0) yield Buffer.from(held.join(""));
}

interface ResultLine {
  readonly response?: { readonly body?: { readonly data?: readonly { readonly url?: string }[] } };
}

function signed(text: string, link: LinkSigner): string {
  const line = JSON.parse(text) as ResultLine;
  const data = line.response?.body?.data;
  if (data === undefined) return text;
  const fresh = data.map((image) => {
    const key = resultPath.exec(image.url ?? "")?.[1];
    return key === undefined ? image : { ...image, url: link.file(decodeURIComponent(key)).url };
  });
  return JSON.stringify({ ...line, response: { ...line.response, body: { ...line.response?.body, data: fresh } } });
}
