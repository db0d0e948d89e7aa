import * as z from "zod";
import { imageRequestSchema } from "../../../shared/request/image-request.ts";
import { accountChangeSchema, accountRequestSchema, creditRequestSchema } from "../access/account-schemas.ts";
import { keyChangeSchema, keyRequestSchema, rotateRequestSchema } from "../access/key-schemas.ts";
import {
  accountListSchema,
  accountResourceSchema,
  balanceSchema,
  keyListSchema,
  keyResourceSchema,
  ownKeySchema,
  quoteSchema,
  usageSchema,
} from "../access/money-responses.ts";
import { adapterRequestSchema } from "../adapters/adapter-request.ts";
import {
  adapterListSchema,
  adapterSchema,
  addedAdapterSchema,
  deletedAdapterSchema,
} from "../adapters/adapter-responses.ts";
import {
  exportRequestSchema,
  publishRequestSchema,
  retryRequestSchema,
  reviewRequestSchema,
} from "../catalogue/results/result-requests.ts";
import {
  publicationSchema,
  runExportSchema,
  runFailureListSchema,
  runRetryResultSchema,
  runReviewListSchema,
  runReviewResultSchema,
  runRowListSchema,
  runRowSchema,
} from "../catalogue/results/result-responses.ts";
import {
  presetListSchema,
  profileListSchema,
  runKeySchema,
  runPreviewSchema,
  runReportSchema,
} from "../catalogue/run-report-responses.ts";
import {
  mappingRequestSchema,
  previewRequestSchema,
  runMappingSchema,
  runRequestSchema,
} from "../catalogue/run-request.ts";
import { deletedRunKeySchema, deletedRunSchema, runListSchema, runSchema } from "../catalogue/run-responses.ts";
import { resumeRequestSchema, startRequestSchema } from "../catalogue/start-request.ts";
import { batchRequestSchema } from "../dialects/openai/batch-routes.ts";
import { openaiBatchListSchema, openaiBatchSchema } from "../dialects/openai/batch-schemas.ts";
import { openaiImageRequestSchema } from "../dialects/openai/request.ts";
import { openaiErrorSchema, openaiImagesResponseSchema } from "../dialects/openai/response-schemas.ts";
import { completeRequestSchema, partLinkRequestSchema, uploadRequestSchema } from "../dialects/openai/upload-routes.ts";
import { openaiUploadPartSchema, openaiUploadSchema, partLinkSchema } from "../dialects/openai/upload-schemas.ts";
import {
  deletedFileSchema,
  fileListSchema,
  openaiFileSchema,
  replicateErrorSchema,
  replicateFileSchema,
} from "../dialects/uploaded-file-responses.ts";
import { shareRequestSchema } from "../images/image-query.ts";
import {
  deletedImageSchema,
  imageDaysSchema,
  imageDetailSchema,
  imageLinkSchema,
  imageListSchema,
  imageSchema,
} from "../images/image-responses.ts";
import {
  imageChecksSchema,
  jobImageSchema,
  jobListSchema,
  jobParamsSchema,
  jobResourceSchema,
} from "../jobs/job-responses.ts";
import { quoteRequestSchema } from "../jobs/quotes.ts";
import { blockListResourceSchema, moderationResponseSchema } from "../moderation/moderation-responses.ts";
import { blockListRequestSchema, moderationRequestSchema } from "../moderation/moderation-schemas.ts";
import { operationsSchema } from "../operations/operations-responses.ts";
import { healthSchema, problemSchema, readinessSchema } from "../problems/service-responses.ts";
import { warningSchema } from "../problems/warning-responses.ts";
import { promptChangeSchema, promptRequestSchema } from "../prompts/prompt-request.ts";
import {
  deletedPromptSchema,
  libraryPromptSchema,
  promptLibrarySchema,
  promptPageSchema,
  promptSchema,
} from "../prompts/prompt-responses.ts";
import { modelListSchema, modelResourceSchema, vocabularySchema } from "../service/model-responses.ts";
import { fromImageSchema } from "../submission/from-image-schema.ts";
import { verifyRequestSchema } from "../verify/verify-request.ts";
import { verificationSchema } from "../verify/verify-responses.ts";
import { endpointChangeSchema, newEndpointSchema, replayRequestSchema } from "../webhooks/webhook-endpoints.ts";
import {
  deliveryListSchema,
  deliverySchema,
  replaySchema,
  rotatedSecretSchema,
  webhookEndpointListSchema,
  webhookEndpointSchema,
  webhookHealthSchema,
  webhookSecretSchema,
} from "../webhooks/webhook-responses.ts";

export type JsonSchema = { readonly [key: string]: unknown };

/** The named objects of the API: the very schemas that validate, each with its name in its metadata. */
const named = [
  imageRequestSchema,
  fromImageSchema,
  jobResourceSchema,
  jobParamsSchema,
  warningSchema,
  operationsSchema,
  imageChecksSchema,
  jobImageSchema,
  jobListSchema,
  modelResourceSchema,
  modelListSchema,
  vocabularySchema,
  imageSchema,
  imageDetailSchema,
  imageListSchema,
  imageDaysSchema,
  deletedImageSchema,
  shareRequestSchema,
  imageLinkSchema,
  promptRequestSchema,
  promptChangeSchema,
  promptSchema,
  promptPageSchema,
  deletedPromptSchema,
  libraryPromptSchema,
  promptLibrarySchema,
  adapterSchema,
  addedAdapterSchema,
  adapterListSchema,
  adapterRequestSchema,
  deletedAdapterSchema,
  openaiFileSchema,
  replicateFileSchema,
  fileListSchema,
  deletedFileSchema,
  replicateErrorSchema,
  problemSchema,
  healthSchema,
  readinessSchema,
  webhookSecretSchema,
  rotatedSecretSchema,
  newEndpointSchema,
  endpointChangeSchema,
  webhookEndpointSchema,
  webhookEndpointListSchema,
  deliverySchema,
  deliveryListSchema,
  webhookHealthSchema,
  replayRequestSchema,
  replaySchema,
  quoteRequestSchema,
  quoteSchema,
  balanceSchema,
  usageSchema,
  keyRequestSchema,
  keyChangeSchema,
  rotateRequestSchema,
  keyResourceSchema,
  keyListSchema,
  ownKeySchema,
  accountRequestSchema,
  accountChangeSchema,
  creditRequestSchema,
  accountResourceSchema,
  accountListSchema,
  openaiImageRequestSchema,
  openaiImagesResponseSchema,
  openaiErrorSchema,
  uploadRequestSchema,
  completeRequestSchema,
  partLinkRequestSchema,
  openaiUploadSchema,
  openaiUploadPartSchema,
  partLinkSchema,
  runRequestSchema,
  startRequestSchema,
  resumeRequestSchema,
  runMappingSchema,
  runSchema,
  runListSchema,
  deletedRunSchema,
  deletedRunKeySchema,
  runReportSchema,
  mappingRequestSchema,
  previewRequestSchema,
  runPreviewSchema,
  runRowSchema,
  runRowListSchema,
  reviewRequestSchema,
  runReviewListSchema,
  runReviewResultSchema,
  retryRequestSchema,
  runRetryResultSchema,
  runFailureListSchema,
  publishRequestSchema,
  publicationSchema,
  exportRequestSchema,
  runExportSchema,
  profileListSchema,
  presetListSchema,
  runKeySchema,
  verifyRequestSchema,
  verificationSchema,
  batchRequestSchema,
  openaiBatchSchema,
  openaiBatchListSchema,
  moderationRequestSchema,
  moderationResponseSchema,
  blockListRequestSchema,
  blockListResourceSchema,
];

/** `components.schemas` of the OpenAPI document; OpenAPI 3.1 speaks the JSON Schema dialect that zod makes. */
export function componentSchemas(): { [name: string]: JsonSchema } {
  const registry = z.registry<{ id: string }>();
  for (const schema of named) registry.add(schema, { id: schemaName(schema) });
  // "input": a field that may be left out is shown as optional.
  const { schemas } = z.toJSONSchema(registry, { io: "input", uri: (name) => `#/components/schemas/${name}` });
  return Object.fromEntries(
    named.map((schema) => {
      const name = schemaName(schema);
      const { $schema: _, $id: __, id: ___, ...json } = schemas[name] as JsonSchema;
      const { examples } = schema.meta() ?? {};
      return [name, { ...(forReaders(json) as JsonSchema), ...(examples !== undefined && { examples }) }];
    }),
  );
}

/**
 * Times with an example, and integers without the bounds that every integer has: from patterns and bounds alone, pages
 * that show the document make up the year 8402 and positions of -9007199254740991.
 */
function forReaders(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(forReaders);
  if (typeof node !== "object" || node === null) return node;
  const { minimum, maximum, ...rest } = node as JsonSchema;
  return {
    ...Object.fromEntries(Object.entries(rest).map(([key, member]) => [key, forReaders(member)])),
    ...(minimum !== undefined && minimum !== Number.MIN_SAFE_INTEGER && { minimum }),
    ...(maximum !== undefined && maximum !== Number.MAX_SAFE_INTEGER && { maximum }),
    ...(rest.format === "date-time" && rest.examples === undefined && { examples: ["2026-01-31T12:00:00.000Z"] }),
  };
}

/** Query or header parameters of an operation from their schema. */
export function parameters(where: "query" | "header", schema: z.ZodObject): JsonSchema[] {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: "input" });
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...rest } = property as JsonSchema;
    return {
      name,
      in: where,
      required: required.includes(name),
      description,
      schema: rest,
    };
  });
}

export function schemaRef(schema: z.ZodType): JsonSchema {
  return { $ref: `#/components/schemas/${schemaName(schema)}` };
}

function schemaName(schema: z.ZodType): string {
  const id = schema.meta()?.id;
  if (id === undefined) throw new Error("a schema of the OpenAPI document needs an id in its metadata");
  return id;
}
