import { createHash } from "node:crypto";
import { type InfotextParams, infotext } from "../../shared/image-files/infotext.ts";
import type { RgbImage } from "../pipeline/image.ts";
import { aigcLabel } from "./aigc-label.ts";
import { xmpPacket } from "./xmp-packet.ts";

/** What a file says of its image, in the forms that other programs read. */
export interface ImageTexts {
  /** AUTOMATIC1111's text of settings, unless they are nobody's business. */
  readonly parameters?: string;
  /** JSON of the request that draws the image again; absent with `parameters`. */
  readonly request?: string;
  /** JSON of China's label for generated content. */
  readonly aigc: string;
  /** XMP packet with the marks, and with `request`. */
  readonly xmp: string;
}

/** Where an image comes from, as its worker is told. */
export interface ImageOrigin {
  /** Canonical model id. */
  readonly model: string;
  /** As other web UIs write them, with the prompt. @default none */
  readonly loras?: readonly { readonly id: string; readonly scale: number }[];
  /** Fields of the request as `POST /v1/jobs` takes them, without seed and files. @default the file does not say */
  readonly request?: { readonly [field: string]: unknown };
  /** The deployer's code as a provider of generated content. @default "" */
  readonly producer?: string;
  /** Id of the job that it is drawn for; in the watermark, and not in the texts. @default "" */
  readonly job?: string;
}

/** A segment of a JPEG has 65,533 bytes for the whole packet, in which some characters take five. */
const maxRequestBytes = 40_000;

/**
 * The same image and request give the same texts: the id that they name is a digest of the pixels.
 * @param isComposite - parts of the image are a photo or drawing that somebody gave
 */
export function imageTexts(
  image: RgbImage,
  { params, prompt, negativePrompt = "", seed, isComposite, origin }: DescribedImage,
): ImageTexts {
  const { model, producer, loras = [] } = origin;
  const withLoras = (text: string) => [text, ...loras.map(({ id, scale }) => `<lora:${id}:${scale}>`)].join(" ");
  const id = createHash("sha256").update(image.data).digest("hex").slice(0, 32);
  const aigc = aigcLabel({ id, producer });
  const json = origin.request && JSON.stringify({ ...origin.request, seed, n: 1 });
  const request = json !== undefined && Buffer.byteLength(json) <= maxRequestBytes ? json : undefined;
  return {
    parameters: origin.request && infotext({ ...params, model }, seed, { prompt: withLoras(prompt), negativePrompt }),
    request,
    aigc,
    xmp: xmpPacket({ id, aigc, request, isComposite, model }),
  };
}

interface DescribedImage {
  /** Its size, as drawn, and how it was drawn. */
  readonly params: Omit<InfotextParams, "model">;
  readonly prompt: string;
  readonly negativePrompt?: string;
  readonly seed: number;
  readonly isComposite: boolean;
  readonly origin: ImageOrigin;
}
