import { imageRequestSchema, imageSource } from "../../../shared/request/image-request.ts";

/** Body of `POST /v1/jobs` that names a file of an image in place of the fields that drew it. */
export const fromImageSchema = imageRequestSchema
  .partial()
  .extend({
    from_image: imageSource.describe(
      "Image to draw again: prompt, seed and settings are taken from what its file says, unless this request gives " +
        "them. The images that it was drawn from are not in it. A base64 data: URL, an https URL, or the id of an " +
        "uploaded file or of an image of yours; written here, by AUTOMATIC1111's web UI or ComfyUI, or by a program that writes the same.",
    ),
  })
  .meta({ id: "JobFromImageRequest", examples: [{ from_image: "file-01JZX4TB3S9VQ6M2K8D5F7H0AC", seed: 43 }] });
