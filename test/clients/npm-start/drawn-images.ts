import sharp from "sharp";

export type Size = [width: number, height: number];

export async function sizeOf(bytes: Uint8Array | ArrayBuffer): Promise<Size> {
  const { width, height } = await sharp(bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes)).metadata();
  return [width, height];
}

export function sizeOfBase64(text: string | undefined): Promise<Size> {
  return sizeOf(Buffer.from(text ?? "", "base64"));
}

/** Properties of the image behind a result link, fetched as clients do: without headers. */
export async function sizeUnder(link: unknown): Promise<Size> {
  const response = await fetch(String(link));
  if (!response.ok) throw new Error(`GET ${link} answered ${response.status}`);
  return sizeOf(await response.arrayBuffer());
}

/** A PNG of one colour, to send. */
export async function plainImage(width = 64, height = 64, alpha = 1): Promise<Uint8Array<ArrayBuffer>> {
  const background = { r: 200, g: 40, b: 40, alpha };
  const png = await sharp({ create: { width, height, channels: 4, background } })
    .png()
    .toBuffer();
  return new Uint8Array(png);
}
