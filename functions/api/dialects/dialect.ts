import type { Hono } from "hono";
import type { LinkSigner } from "../../../shared/access/signed-link.ts";
import type { Job } from "../../../shared/job.ts";
import type { CatalogModel } from "../../../shared/model-catalog/model-catalog.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import type { UploadedFile } from "../files/uploaded-files.ts";
import type { ErrorContext } from "../problems/problem.ts";

/**
 * A foreign API, served over the same jobs: a folder here with a mapper each for requests, responses and errors, and a
 * line in `dialects.ts`. Nothing else knows of it.
 */
export interface Dialect {
  /** Kept with a job whose webhook expects this dialect's body. */
  readonly name: string;
  /** Mounted at `/`. Errors on the paths of these routes, also those from middleware, take this dialect's form. */
  routes(dependencies: RouteDependencies): Hono<ApiEnv>;
  errorResponse(error: unknown, context: ErrorContext): Response;
  /**
   * More paths whose errors take this form, in Hono's syntax: native routes that its clients use, and what it does not
   * implement.
   */
  readonly alsoOwns?: readonly string[];
  /** What there is of the API, for the response to a request for anything else. @default a hint at /openapi.json */
  readonly served?: string;
  /** Paths that another dialect has as well: which requests to them are this one's. */
  readonly sharedPaths?: { readonly [path: string]: (headers: Headers) => boolean };
  /** Body of a job's own webhook. @default the native one */
  webhookBody?(job: Job, context: WebhookContext): { readonly [field: string]: unknown };
  /** How its clients upload files and see them in `/v1/files`. @default they use no files */
  readonly files?: FileForm;
}

export interface WebhookContext {
  readonly link: LinkSigner;
  readonly models: readonly CatalogModel[];
}

export interface FileForm {
  /** Ids of the files that came through this dialect begin with it; uppercase letters and digits follow. */
  readonly idPrefix: string;
  /** Field of the upload form that holds the file. */
  readonly formField: string;
  readonly createdStatus: 200 | 201;
  /** Seconds after which its form asks to delete the file. @default never before the others of its time */
  expiresAfterS?(form: FormData): number | undefined;
  present(file: UploadedFile, link: LinkSigner): object;
  /** Its members of the list, which serves all dialects in one body. */
  presentList(page: FilePage, link: LinkSigner): object;
  /** Body of the response to a deletion. @default none, with status 204 */
  presentDeleted?(id: string): object;
}

interface FilePage {
  readonly files: readonly UploadedFile[];
  readonly hasMore: boolean;
}
