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

/** What to read of a file. `path`: of a watermark's description. `chains`: see `openCredentialReader`. */
export type ImageQuestion =
  | { readonly about: "look"; readonly file: Uint8Array }
  | { readonly about: "mark"; readonly file: Uint8Array; readonly path: string }
  | { readonly about: "mask"; readonly file: Uint8Array; readonly mode: MaskMode }
  | {
      readonly about: "credentials";
      readonly file: Uint8Array;
      readonly format: ImageFormat;
      readonly chains: readonly (readonly Uint8Array[])[];
    };

export type ImageReply =
  | { readonly about: "look"; readonly look: PerceptualHash | undefined }
  | { readonly about: "mask"; readonly content: MaskContent }
  | { readonly about: "mark"; readonly mark: WatermarkPayload | undefined }
  | { readonly about: "credentials"; readonly credentials: Credentials | undefined }
  | { readonly about: "error"; readonly error: string };

/** Entry of the process that reads image files for the API, one after another; see `image-reader.ts`. */
process.on("message", async (question: ImageQuestion) => {
  const reply = await read(question).catch((error: unknown) => ({ about: "error" as const, error: String(error) }));
  process.send?.(reply);
});
process.on("disconnect", () => process.exit(0));
// Ctrl-C goes to the whole group: the process that asks says when this one ends.
process.on("SIGINT", () => {});

async function read(question: ImageQuestion): Promise<ImageReply> {
  if (question.about === "look") return { about: "look", look: await lookOfFile(question.file) };
  if (question.about === "mask") {
    return { about: "mask", content: await maskContentOf(question.file, question.mode, "mask") };
  }
  if (question.about === "mark") return { about: "mark", mark: await markOfFile(question.file, question.path) };
  const { file, format, chains } = question;
  return { about: "credentials", credentials: await openCredentialReader(chains)(file, format) };
}

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
