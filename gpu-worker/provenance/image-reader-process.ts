import type { MaskMode } from "../../shared/image-files/mask-rules.ts";
import type { MaskContent } from "../../shared/image-files/png-mask.ts";
import type { ImageFormat } from "../../shared/job.ts";
import { openCredentialReader } from "../../shared/provenance/c2pa/read-credentials.ts";
import type { Credentials } from "../../shared/provenance/credentials.ts";
import type { PerceptualHash } from "../../shared/provenance/perceptual-hash.ts";
import { maskContentOf } from "../engine/images/decode-image-file.ts";
import type { Watermark } from "../watermark/watermark.ts";
import type { WatermarkPayload } from "../watermark/watermark-payload.ts";
import { lookOfFile } from "./look-of-file.ts";

/** What can be asked about a file. */
export interface ImageQuestions {
  readonly look: { readonly file: Uint8Array };
  /** `path`: of the watermark's description. */
  readonly mark: { readonly file: Uint8Array; readonly path: string };
  readonly mask: { readonly file: Uint8Array; readonly mode: MaskMode };
  /** `chains`: see `openCredentialReader`. */
  readonly credentials: {
    readonly file: Uint8Array;
    readonly format: ImageFormat;
    readonly chains: readonly (readonly Uint8Array[])[];
  };
}

/** What is found. */
export interface ImageResults {
  readonly look: PerceptualHash | undefined;
  readonly mark: WatermarkPayload | undefined;
  readonly mask: MaskContent;
  readonly credentials: Credentials | undefined;
}

export type About = keyof ImageQuestions;

export interface ImageRequest<Subject extends About = About> {
  readonly about: Subject;
  readonly question: ImageQuestions[Subject];
}

export type ImageReply<Subject extends About = About> =
  | { readonly result: ImageResults[Subject] }
  | { readonly error: string };

const read: { readonly [Subject in About]: (question: ImageQuestions[Subject]) => Promise<ImageResults[Subject]> } = {
  look: ({ file }) => lookOfFile(file),
  mark: ({ file, path }) => markOfFile(file, path),
  mask: ({ file, mode }) => maskContentOf(file, mode, "mask"),
  credentials: ({ file, format, chains }) => openCredentialReader(chains)(file, format),
};

/** Entry of the process that reads image files for the API, one after another; see `image-reader.ts`. */
process.on("message", async <Subject extends About>({ about, question }: ImageRequest<Subject>) => {
  const reply: ImageReply<Subject> = await read[about](question).then(
    (result) => ({ result }),
    (error: unknown) => ({ error: String(error) }),
  );
  process.send?.(reply);
});
process.on("disconnect", () => process.exit(0));
// Ctrl-C goes to the whole group: the process that asks says when this one ends.
process.on("SIGINT", () => {});

let watermark: Promise<Watermark | undefined> | undefined;

/** Loaded with the first question: ONNX Runtime is large, and few deployments have a watermark. */
async function markOfFile(file: Uint8Array, path: string): Promise<WatermarkPayload | undefined> {
  watermark ??= openMark(path);
  const { pixelsOfFile } = await import("../watermark/pixels-of-file.ts");
  const pixels = await pixelsOfFile(file).catch(() => undefined);
  return pixels && (await watermark)?.read(pixels);
}

async function openMark(path: string): Promise<Watermark | undefined> {
  const [{ openWatermark }, { createNodeRuntime }] = await Promise.all([
    import("../watermark/watermark.ts"),
    import("../runtime/onnx-session.ts"),
  ]);
  return openWatermark(path, createNodeRuntime());
}
