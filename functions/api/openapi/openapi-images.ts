import { imageDaysQuerySchema, imageListQuerySchema, shareRequestSchema } from "../images/image-query.ts";
import {
  deletedImageSchema,
  imageDaysSchema,
  imageDetailSchema,
  imageLinkSchema,
  imageListSchema,
} from "../images/image-responses.ts";
import { json, operation, pathParameter, problems } from "./openapi-parts.ts";
import { type JsonSchema, parameters, schemaRef } from "./openapi-schemas.ts";

const id = pathParameter("id", "The image's id, `img_…`.");

/** The account's finished images. */
export function imagePaths(): JsonSchema {
  return {
    "/v1/images": {
      get: {
        ...operation("listImages", "images", "List the account's finished images, newest first."),
        description:
          "One entry per image, without what only the image itself tells. A filter by text or model reads the jobs " +
          "one by one: such a page ends after some 2,000 of them, full or not, with a next_cursor to go on from.",
        parameters: parameters("query", imageListQuerySchema).map((parameter) =>
          parameter.name === "metadata" ? { ...parameter, style: "deepObject", explode: true } : parameter,
        ),
        responses: { 200: json("One page of the list.", imageListSchema), ...problems(400, 401, 403) },
      },
    },
    "/v1/images/days": {
      get: {
        ...operation("countImages", "images", "Count the account's images by day."),
        description:
          "By the day (UTC) on which their jobs were made, as the list is sorted: it tells how long the list is. " +
          "Images that expired or were deleted are not counted.",
        parameters: parameters("query", imageDaysQuerySchema),
        responses: { 200: json("All days.", imageDaysSchema), ...problems(400, 401, 403) },
      },
    },
    "/v1/images/{id}": {
      get: {
        ...operation("getImage", "images", "Get an image, with all that it was drawn from and fresh links."),
        parameters: [id],
        responses: { 200: json("The image.", imageDetailSchema), ...problems(401, 403, 404) },
      },
      delete: {
        ...operation("deleteImage", "images", "Delete an image: its file and every link to it."),
        description:
          "At once and for good. The job stays, with its prompt and without the image, and so does what it was " +
          "charged; copies that were made of the image before stay too: those of catalogue runs, and what batches " +
          "returned as base64. A link of the store itself, to which a link of this API redirects on AWS, ends with " +
          "the file.",
        parameters: [id],
        responses: { 200: json("Deleted.", deletedImageSchema), ...problems(401, 403, 404) },
      },
    },
    "/v1/images/{id}/share": {
      post: {
        ...operation("shareImage", "images", "Make a link to an image for others, with an expiry of your choice."),
        description: "Deleting the image ends the link. The file may say how it was drawn: the prompt, the seed.",
        parameters: [id],
        requestBody: { content: { "application/json": { schema: schemaRef(shareRequestSchema) } } },
        responses: { 201: json("The link.", imageLinkSchema), ...problems(400, 401, 403, 404, 413, 415) },
      },
    },
  };
}
