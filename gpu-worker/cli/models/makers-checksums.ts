import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { ManifestFile } from "../../weights/folder/model-manifest.ts";
import type { KnownModel } from "./known-models.ts";

/**
 * MD5 of the published weights, from the lists in their makers' own code: a hub or a mirror states checksums of
 * whatever it holds. Z-Image-Turbo alone has such a list.
 * @see Z-Image `src/config/manifests/z-image-turbo.txt`
 */
const makersMd5: { readonly [model in KnownModel]?: Readonly<Record<string, string>> } = {
  "z-image-turbo": {
    "text_encoder/model-00001-of-00003.safetensors": "30b85686b9a9b002e012494fadc027cb",
    "text_encoder/model-00002-of-00003.safetensors": "e6a24ea164404a01ad2800dbae4e1a13",
    "text_encoder/model-00003-of-00003.safetensors": "09e190ed15ff14795b6277e023cfcb2d",
    "tokenizer/tokenizer.json": "6423133b9cc1a2077b57822c30c211aa",
    "transformer/diffusion_pytorch_model-00001-of-00003.safetensors": "54889d0dd179b4fa2fd7bd0e487d856e",
    "transformer/diffusion_pytorch_model-00002-of-00003.safetensors": "fe81e804658d345323512c63224b0604",
    "transformer/diffusion_pytorch_model-00003-of-00003.safetensors": "4e074e09129f98ad840414951f122feb",
    "vae/diffusion_pytorch_model.safetensors": "6f83de55cb720c7fae051b14528577bf",
  },
};

/**
 * SHA-256 of files of the small forms, by their paths in the model's folder. Their publishers list none but the hub's
 * own; these are what several people who verified their copies wrote down in public, alike.
 */
const reportedSha256: Readonly<Record<string, string>> = {
  "diffusion_models/z_image_turbo_int8_convrot.safetensors":
    "be517ebd47c912a5626a588e1aeea43e6be4a43c0cdcd2b48a2a780d9f358635",
  "text_encoders/qwen_3_4b_fp8_mixed.safetensors": "72450b19758172c5a7273cf7de729d1c17e7f434a104a00167624cba94f68f15",
  "vae/ae.safetensors": "afc8e28272cd15db3919bacdb6918ce9c1ed22e96cb12c4d5ed0fba823529e38",
};

/** @returns a sentence for each file that differs from the one that others have verified */
export function filesUnlikeReports(files: readonly Pick<ManifestFile, "path" | "sha256">[]): string[] {
  return files.flatMap(({ path, sha256 }) => {
    const expected = reportedSha256[path];
    if (expected === undefined || expected === sha256) return [];
    return [
      `${path} is not the file that others have of this name: its SHA-256 is ${sha256}, theirs ${expected}; its ` +
        "publisher may have replaced it since, or the hub or mirror did",
    ];
  });
}

/** @returns a sentence for each file of a model's folder that differs from the one on its makers' list */
export async function filesUnlikeMakers(model: KnownModel, folder: string): Promise<string[]> {
  const problems: string[] = [];
  for (const [path, expected] of Object.entries(makersMd5[model] ?? {})) {
    const file = join(folder, path);
    if (!(await stat(file).catch(() => undefined))) continue;
    const hash = createHash("md5");
    for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(piece as Buffer);
    const md5 = hash.digest("hex");
    if (md5 === expected) continue;
    problems.push(
      `${path} is not the file on the list of its makers: its MD5 is ${md5}, theirs ${expected}; they may have ` +
        "replaced it since, or the hub or mirror did",
    );
  }
  return problems;
}
