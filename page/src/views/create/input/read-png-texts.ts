const signature = [137, 80, 78, 71, 13, 10, 26, 10];
/** Settings of a drawing are far shorter. */
const maxTextBytes = 1_000_000;

/**
 * The texts of a PNG by keyword, of its tEXt, zTXt and iTXt chunks. As `shared/image-files/png-text.ts`, with what a
 * browser has for inflating. Empty for any other file; what is damaged is left out.
 */
export async function readPngTexts(file: Uint8Array<ArrayBuffer>): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  if (!signature.every((byte, index) => file[index] === byte)) return texts;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = 8; at + 12 <= file.length; ) {
    const length = view.getUint32(at);
    const type = latin1(file.subarray(at + 4, at + 8));
    const data = file.subarray(at + 8, Math.min(at + 8 + length, file.length));
    at += 12 + length;
    if (data.length > maxTextBytes || !/^(?:tEXt|zTXt|iTXt)$/.test(type)) continue;
    const read = await readChunk(type, data).catch(() => undefined);
    if (read !== undefined && !texts.has(read[0])) texts.set(...read);
  }
  return texts;
}

async function readChunk(type: string, data: Uint8Array<ArrayBuffer>): Promise<[string, string] | undefined> {
  const end = data.indexOf(0);
  if (end < 1) return undefined;
  const keyword = latin1(data.subarray(0, end));
  if (type === "tEXt") return [keyword, latin1(data.subarray(end + 1))];
  if (type === "zTXt") return [keyword, latin1(await inflate(data.subarray(end + 2)))];
  const isCompressed = data[end + 1] === 1;
  const languageEnd = data.indexOf(0, end + 3);
  const translatedEnd = languageEnd < 0 ? -1 : data.indexOf(0, languageEnd + 1);
  if (translatedEnd < 0) return undefined;
  const body = data.subarray(translatedEnd + 1);
  return [keyword, new TextDecoder().decode(isCompressed ? await inflate(body) : body)];
}

async function inflate(data: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const reader = new Blob([data]).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.length;
    // A few bytes may inflate to gigabytes.
    if (bytes > maxTextBytes) throw new RangeError("the text is too long");
    parts.push(value);
  }
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const latin1 = (bytes: Uint8Array): string => new TextDecoder("latin1").decode(bytes);
