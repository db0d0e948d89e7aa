/** Public exports of the package `zimage`. */
export type { AccountEvent, AccountEventOptions } from "./account-events.ts";
export type {
  Account,
  AccountRequest,
  Adapter,
  AdapterList,
  Balance,
  CreditRequest,
  Image,
  ImageDays,
  ImageDetail,
  ImageLink,
  Job,
  JobFromImageRequest,
  JobImage,
  JobRequest,
  Key,
  KeyChange,
  KeyRequest,
  KeyRotation,
  LibraryPrompt,
  Model,
  ModelVocabulary,
  OwnKey,
  Problem,
  Prompt,
  PromptChange,
  PromptLibrary,
  PromptRequest,
  Quote,
  QuoteRequest,
  Run,
  RunReport,
  RunRequest,
  ServiceState,
  Usage,
  Verification,
  WebhookDelivery,
  WebhookEndpoint,
  WebhookEndpointChange,
  WebhookEndpointRequest,
  WebhookHealth,
  WebhookReplay,
  WebhookReplayRequest,
} from "./api.ts";
export { ZImageClient } from "./client.ts";
export type { DownloadedImage } from "./download.ts";
export {
  ApiError,
  ConnectionError,
  DownloadError,
  JobError,
  TimeoutError,
  WebhookVerificationError,
  ZImageError,
} from "./errors.ts";
export type { PartialUpload, UploadedFile, UploadOptions } from "./files.ts";
export type { ClientOptions, RequestOptions } from "./http/transport.ts";
export type { ImageFilter } from "./images.ts";
export type { EventOptions, JobEvent } from "./job-events.ts";
export type { CreateOptions, JobFilter, JobHandle, Submission, WaitOptions } from "./jobs.ts";
export type { Page, Pages } from "./pages.ts";
export { fillPrompt, type PromptFilter, splitPrompt } from "./prompts.ts";
export type { CreateRunOptions, ManifestLine, ResumeOptions, StartOptions, WaitForRunOptions } from "./runs.ts";
export { signWebhook, type VerifyOptions, verifyWebhook, type WebhookMessage } from "./standard-webhooks.ts";
export type { DeliveryFilter } from "./webhook-endpoints.ts";
