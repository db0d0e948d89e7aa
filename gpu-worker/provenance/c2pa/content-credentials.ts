import { readImageHeader } from "../../../shared/image-files/image-header.ts";
import { contentTypes, type ImageFormat } from "../../../shared/job.ts";
import { loadC2pa, MemoryBlob } from "./c2pa-library.ts";
import { coseSign1, type SigningKey } from "./cose-sign1.ts";

/** Room for the signature with its certificates. */
const signatureBytes = 4_096;
const sourceTypes = "http://cv.iptc.org/newscodes/digitalsourcetype/";
/** Trust is for whoever reads the file to decide; checking what was just signed would double the time. */
const settings = JSON.stringify({
  verify: { verify_after_sign: false, verify_trust: false },
  builder: { thumbnail: { enabled: false } },
});
/** Label of the image that another was made from, in the manifest. */
const ingredient = "input-image";

interface ImageToSign {
  readonly bytes: Uint8Array;
  readonly format: ImageFormat;
  /** An image file that this one was made from; its own manifest is kept within. */
  readonly madeFrom?: Uint8Array;
}

/** Signs the files of images. */
export interface ContentCredentials {
  /**
   * The file with a C2PA manifest that says that it is generated, and by what. Nothing may be written into it afterwards.
   * @returns the same image: only the file's metadata differ
   */
  sign(image: ImageToSign): Promise<Uint8Array>;
}

/** @param generator - name and version of the program that makes the images */
export function openContentCredentials(
  key: SigningKey,
  generator: { readonly name: string; readonly version: string },
): ContentCredentials {
  const signer = {
    alg: "es256",
    reserveSize: signatureBytes,
    sign: (bytes: Uint8Array) => coseSign1(key, bytes, signatureBytes),
  };
  return {
    async sign({ bytes, format, madeFrom }) {
      const { WasmBuilder } = await loadC2pa();
      const definition = { claim_generator_info: [generator], format: contentTypes[format], assertions: [] };
      const builder = WasmBuilder.fromJson(JSON.stringify(definition), settings);
      try {
        if (madeFrom === undefined) {
          builder.addAction({ action: "c2pa.created", digitalSourceType: `${sourceTypes}trainedAlgorithmicMedia` });
        } else {
          const type = typeOf(madeFrom);
          const description = { title: "input image", relationship: "parentOf", label: ingredient };
          await builder.addIngredientFromBlob(JSON.stringify(description), type, new MemoryBlob(madeFrom, type));
          builder.addAction({ action: "c2pa.opened", parameters: { ingredientIds: [ingredient] } });
          builder.addAction({
            action: "c2pa.edited",
            digitalSourceType: `${sourceTypes}compositeWithTrainedAlgorithmicMedia`,
          });
        }
        return await builder.sign(signer, [], contentTypes[format], new MemoryBlob(bytes, contentTypes[format]));
      } finally {
        builder.free();
      }
    },
  };
}

function typeOf(file: Uint8Array): string {
  const format = readImageHeader(file)?.format;
  return format === undefined ? "application/octet-stream" : contentTypes[format];
}
