import { type Context, Hono } from "hono";
import { every } from "hono/combine";
import { getPath } from "hono/utils/url";
import { ApiKeys } from "../../shared/access/api-keys.ts";
import { traceIdOf } from "../../shared/jobs/trace-context.ts";
import { randomSeeds } from "../../shared/limits.ts";
import { Accounts } from "../../shared/money/accounts.ts";
import { defaultPrices } from "../../shared/money/price-list.ts";
import { createRequestBudget } from "../../shared/net/request-budget.ts";
import { isDiskFull } from "../../shared/process/disk-full.ts";
import { accountsRoute } from "./access/accounts.ts";
import { createAuthenticate } from "./access/authenticate.ts";
import { balanceRoute } from "./access/balance.ts";
import { keysRoute } from "./access/keys.ts";
import { ownKeyRoute } from "./access/own-key.ts";
import { createRateLimit } from "./access/rate-limit.ts";
import { usageRoute } from "./access/usage.ts";
import { adaptersRoute } from "./adapters/adapters-route.ts";
import { runResultsRoute } from "./catalogue/results/run-results-route.ts";
import { catalogueFactsRoute, runsRoute } from "./catalogue/runs-route.ts";
import type { ApiDependencies, ApiEnv, RouteDependencies } from "./dependencies.ts";
import type { Dialect } from "./dialects/dialect.ts";
import { dialects } from "./dialects/dialects.ts";
import { ownedPaths } from "./dialects/owned-paths.ts";
import { type NamedFileForm, uploadedFilesRoute } from "./dialects/uploaded-files-route.ts";
import { docsRoute } from "./docs/docs.ts";
import { readDocsAsset } from "./docs/docs-assets.ts";
import { llmsRoute } from "./docs/llms.ts";
import { accountEventsRoute } from "./events/account-events-route.ts";
import { AccountStreams } from "./events/account-streams.ts";
import { publicImagesRoute } from "./files/public-images-route.ts";
import { filesRoute } from "./files/stored-files-route.ts";
import { crossOrigin } from "./http/middleware/cross-origin.ts";
import { requestId } from "./http/middleware/request-id.ts";
import { traceContext } from "./http/middleware/trace-context.ts";
import { unknownRoute } from "./http/unknown-route.ts";
import { imagesRoute } from "./images/images-route.ts";
import { cancelJobRoute } from "./jobs/cancel-job.ts";
import { createJobRoute } from "./jobs/create-job.ts";
import { getJobRoute } from "./jobs/get-job.ts";
import { jobEventsRoute } from "./jobs/job-events.ts";
import { JobWatches } from "./jobs/job-watches.ts";
import { listJobsRoute } from "./jobs/list-jobs.ts";
import { QueueView } from "./jobs/queue-view.ts";
import { quotesRoute } from "./jobs/quotes.ts";
import { metricsRoute } from "./metrics/metrics-route.ts";
import { RequestCounts } from "./metrics/request-counts.ts";
import { blockListRoute } from "./moderation/block-list-route.ts";
import { moderationsRoute } from "./moderation/moderations-route.ts";
import { Moderator } from "./moderation/moderator.ts";
import { openapiRoute } from "./openapi/openapi.ts";
import { operationsRoute } from "./operations/operations-route.ts";
import { readPageFile } from "./page/page-files.ts";
import { pageRoute } from "./page/page-route.ts";
import { ApiError } from "./problems/api-error.ts";
import { errorStatus } from "./problems/error-status.ts";
import { createRefusalLog } from "./problems/log-refusals.ts";
import { problemResponse } from "./problems/problem.ts";
import { promptsRoute } from "./prompts/prompts-route.ts";
import { DiskState } from "./service/disk-state.ts";
import { healthRoute } from "./service/health.ts";
import { modelsRoute } from "./service/models.ts";
import { ServedModels } from "./service/served-models.ts";
import { vocabulariesRoute } from "./service/vocabularies.ts";
import { RequestsUnderWay } from "./submission/requests-under-way.ts";
import { verifyRoute } from "./verify/verify-route.ts";
import { deliveriesRoute, webhookEndpointsRoute } from "./webhooks/webhook-endpoints.ts";
import { webhookSecretRoute } from "./webhooks/webhook-secret.ts";

/**
 * The HTTP API over its dependencies: the same on one machine (behind `@hono/node-server`) and in a Lambda function.
 */
export function createApp(given: ApiDependencies): Hono<ApiEnv> {
  const apiKeys = new ApiKeys(given);
  const authenticate = createAuthenticate({ ...given, apiKeys });
  const rateLimit = createRateLimit(given);
  const served = new ServedModels(given);
  const disk = new DiskState(given);
  const dependencies: RouteDependencies = {
    newSeed: () => crypto.getRandomValues(new Uint32Array(1))[0]! % randomSeeds,
    readDocsAsset,
    readPageFile,
    prices: defaultPrices,
    ...given,
    budget: given.budget ?? createRequestBudget(given),
    models: served.models,
    apiKeys,
    accounts: new Accounts(given),
    queueView: new QueueView(given),
    watches: new JobWatches(given),
    accountStreams: new AccountStreams(given),
    underWay: new RequestsUnderWay(),
    disk,
    moderator: new Moderator(given),
    authenticate: (scope, options) => every(authenticate(scope, options), rateLimit),
  };
  const app = new Hono<ApiEnv>({ getPath: plainPath });
  const counts = new RequestCounts(given);
  if (given.metricsToken !== undefined) {
    app.use(counts.middleware);
    app.route("/metrics", metricsRoute(given.metricsToken, counts, dependencies));
  }
  app.use(crossOrigin(given.corsOrigins ?? []));
  app.use(requestId(given), traceContext(given), served.middleware);
  app.use((c, next) => {
    c.set("memory", dependencies.budget.memory);
    c.set("errorResponse", (error) => respondToError(error, c));
    return next();
  });

  // Before the native routes: their paths are narrower where both match.
  const mounted = dialects.map((dialect) => {
    const routes = dialect.routes(dependencies);
    app.route("/", routes);
    return { dialect, owns: ownedPaths(dialect, routes) };
  });
  const fileForms = dialects.flatMap(({ name, files }) => (files === undefined ? [] : { ...files, dialect: name }));
  mountNativeRoutes(app, dependencies, fileForms);
  if (given.localPage !== undefined) app.route("/open", given.localPage.routes);
  app.route("/", pageRoute(dependencies));

  const ownerOf = (c: Context<ApiEnv>) =>
    dialects.find(({ name }) => name === c.get("dialect")) ??
    mounted.find(({ owns }) => owns(c.req.path, c.req.raw.headers))?.dialect;
  const respondToError = createErrorResponse(ownerOf, dependencies);
  app.onError(respondToError);
  const errorOf = unknownRoute(app);
  app.notFound((c) => {
    const error = errorOf(c.req, ownerOf(c)?.served);
    // HAProxy's health check is OPTIONS / unless told otherwise, and takes 405 for a server that is down.
    const allow = c.req.method === "OPTIONS" && error instanceof ApiError ? error.headers.allow : undefined;
    return allow === undefined ? respondToError(error, c) : c.body(null, 204, { Allow: allow });
  });
  return app;
}

function mountNativeRoutes(
  app: Hono<ApiEnv>,
  dependencies: RouteDependencies,
  fileForms: readonly NamedFileForm[],
): void {
  app.route("/", healthRoute(dependencies));
  app.route("/openapi.json", openapiRoute(dependencies));
  app.route("/docs", docsRoute(dependencies));
  app.route("/llms.txt", llmsRoute(dependencies));
  app.route("/v1/jobs", createJobRoute(dependencies));
  app.route("/v1/jobs", listJobsRoute(dependencies));
  app.route("/v1/jobs", getJobRoute(dependencies));
  app.route("/v1/jobs", cancelJobRoute(dependencies));
  app.route("/v1/jobs", jobEventsRoute(dependencies));
  app.route("/v1/images", imagesRoute(dependencies));
  app.route("/v1/events", accountEventsRoute(dependencies));
  app.route("/v1/prompts", promptsRoute(dependencies));
  app.route("/v1/files", uploadedFilesRoute(dependencies, fileForms));
  app.route("/v1/files", filesRoute(dependencies));
  app.route("/v1/models", modelsRoute(dependencies));
  app.route("/v1/vocabularies", vocabulariesRoute(dependencies));
  app.route("/v1/adapters", adaptersRoute(dependencies));
  app.route("/v1/verify", verifyRoute(dependencies));
  app.route("/v1/quotes", quotesRoute(dependencies));
  app.route("/v1/runs", runsRoute(dependencies));
  app.route("/v1/runs", runResultsRoute(dependencies));
  app.route("/v1", catalogueFactsRoute(dependencies));
  app.route("/i", publicImagesRoute(dependencies));
  app.route("/v1", usageRoute(dependencies));
  app.route("/v1/balance", balanceRoute(dependencies));
  app.route("/v1/key", ownKeyRoute(dependencies));
  app.route("/v1/keys", keysRoute(dependencies));
  app.route("/v1/accounts", accountsRoute(dependencies));
  app.route("/v1/operations", operationsRoute(dependencies));
  app.route("/v1/moderations", moderationsRoute(dependencies));
  app.route("/v1/block-list", blockListRoute(dependencies));
  app.route("/v1/webhooks", webhookSecretRoute(dependencies));
  app.route("/v1/webhook-endpoints", webhookEndpointsRoute(dependencies));
  app.route("/v1/deliveries", deliveriesRoute(dependencies));
}

/** Every error becomes a response here, in the form of the API whose path it is, and a line in the log. */
function createErrorResponse(ownerOf: (c: Context<ApiEnv>) => Dialect | undefined, dependencies: RouteDependencies) {
  const { log, disk } = dependencies;
  const logRefusal = createRefusalLog(dependencies);
  return (error: Error, c: Context<ApiEnv>): Response => {
    const context = {
      requestId: c.get("requestId"),
      path: c.req.path,
      acceptLanguage: c.req.header("accept-language"),
    };
    if (isDiskFull(error)) disk.noteFull();
    const status = errorStatus(error);
    // A service that is busy or full refuses every request alike, with no bug to find: a line, and not too many.
    if (status >= 500 && status !== 503 && status !== 507) {
      const { requestId, path } = context;
      const traceId = traceIdOf(c.get("traceparent"));
      log("error", "request failed", { requestId, traceId, path, error: error.stack ?? String(error) });
    } else logRefusal(error, c);
    return ownerOf(c)?.errorResponse(error, context) ?? problemResponse(error, context);
  };
}

/** Doubled and trailing slashes, as base URLs with a slash at their end make them, name the same route. */
function plainPath(request: Request): string {
  const path = getPath(request).replaceAll(/\/{2,}/g, "/");
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}
