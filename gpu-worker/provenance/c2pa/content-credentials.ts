import { randomUUID } from "node:crypto";
import { readImageHeader } from "../../../shared/image-files/image-header.ts";
import { contentTypes, type ImageFormat } from "../../../shared/job.ts";
import { loadC2pa, MemoryBlob } from "../../../shared/provenance/c2pa/c2pa-library.ts";
import { imageAssertion, type SignedImage } from "../../../shared/provenance/credentials.ts";
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
  /** The image of which job it is, drawn when and by what. @default the manifest does not say */
  readonly image?: SignedImage;
}

interface SignedFile {
  readonly bytes: Uint8Array;
  /** Label of the manifest. */
  readonly manifest: string;
}

/** Signs the files of images. */
export interface ContentCredentials {
  /**
   * The file with a C2PA manifest that says that it is generated, when, by what and for which job. Nothing may be
   * written into it afterwards.
   * @returns the same image: only the file's metadata differ
   */
  sign(image: ImageToSign): Promise<SignedFile>;
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
    async sign({ bytes, format, madeFrom, image }) {
      const { WasmBuilder } = await loadC2pa();
      const manifest = `urn:c2pa:${randomUUID()}`;
      const type = contentTypes[format];
      const definition = { label: manifest, claim_generator_info: [generator], format: type, assertions: [] };
      const when = image && new Date(image.at).toISOString();
      const builder = WasmBuilder.fromJson(JSON.stringify(definition), settings);
      try {
        if (madeFrom === undefined) {
          const digitalSourceType = `${sourceTypes}trainedAlgorithmicMedia`;
          builder.addAction({ action: "c2pa.created", when, digitalSourceType });
        } else {
          const inputType = typeOf(madeFrom);
          const description = { title: "input image", relationship: "parentOf", label: ingredient };
          const input = new MemoryBlob(madeFrom, inputType);
          await builder.addIngredientFromBlob(JSON.stringify(description), inputType, input);
          builder.addAction({ action: "c2pa.opened", parameters: { ingredientIds: [ingredient] } });
          const digitalSourceType = `${sourceTypes}compositeWithTrainedAlgorithmicMedia`;
          builder.addAction({ action: "c2pa.edited", when, digitalSourceType });
        }
        if (image !== undefined) {
          const { job, index, model } = image;
          builder.addAssertion(imageAssertion, { job, index, model, at: when });
        }
        return { bytes: await builder.sign(signer, [], type, new MemoryBlob(bytes, type)), manifest };
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
