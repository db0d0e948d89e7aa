import { type Context, Hono } from "hono";
import { every } from "hono/combine";
import { Accounts } from "../../shared/accounts.ts";
import { ApiKeys } from "../../shared/api-keys.ts";
import { NotFoundError } from "../../shared/errors.ts";
import { maxSeed } from "../../shared/limits.ts";
import { defaultPrices } from "../../shared/price-list.ts";
import { traceIdOf } from "../../shared/trace-context.ts";
import { clientConnection } from "./client-connection.ts";
import { RequestsUnderWay } from "./client-retry.ts";
import type { ApiDependencies, ApiEnv, RouteDependencies } from "./dependencies.ts";
import { dashscopeDialect } from "./dialects/dashscope/dashscope-dialect.ts";
import { falDialect } from "./dialects/fal/fal-dialect.ts";
import { huggingfaceDialect } from "./dialects/huggingface/huggingface-dialect.ts";
import { mcpDialect } from "./dialects/mcp/mcp-dialect.ts";
import { modelscopeDialect } from "./dialects/modelscope/modelscope-dialect.ts";
import { openaiDialect } from "./dialects/openai/openai-dialect.ts";
import { replicateDialect } from "./dialects/replicate/replicate-dialect.ts";
import { readDocsAsset } from "./docs-assets.ts";
import { errorStatus } from "./error-status.ts";
import { createAuthenticate } from "./middleware/authenticate.ts";
import { beforeAnswerEnds } from "./middleware/before-answer-ends.ts";
import { createRateLimit } from "./middleware/rate-limit.ts";
import { requestId } from "./middleware/request-id.ts";
import { traceContext } from "./middleware/trace-context.ts";
import { problemResponse } from "./problem.ts";
import { QueueView } from "./queue-view.ts";
import { accountsRoute } from "./routes/accounts.ts";
import { balanceRoute } from "./routes/balance.ts";
import { cancelJobRoute } from "./routes/cancel-job.ts";
import { createJobRoute } from "./routes/create-job.ts";
import { docsRoute } from "./routes/docs.ts";
import { filesRoute } from "./routes/files.ts";
import { getJobRoute } from "./routes/get-job.ts";
import { healthRoute } from "./routes/health.ts";
import { jobEventsRoute } from "./routes/job-events.ts";
import { keysRoute } from "./routes/keys.ts";
import { listJobsRoute } from "./routes/list-jobs.ts";
import { llmsRoute } from "./routes/llms.ts";
import { modelsRoute } from "./routes/models.ts";
import { openapiRoute } from "./routes/openapi.ts";
import { quotesRoute } from "./routes/quotes.ts";
import { uploadedFilesRoute } from "./routes/uploaded-files.ts";
import { usageRoute } from "./routes/usage.ts";
import { deliveriesRoute, webhookEndpointsRoute } from "./routes/webhook-endpoints.ts";
import { webhookSecretRoute } from "./routes/webhook-secret.ts";

/** The first that owns a path answers for its errors. */
const dialects = [
  ...[falDialect, huggingfaceDialect, dashscopeDialect, modelscopeDialect, replicateDialect, openaiDialect],
  mcpDialect,
];

/** The HTTP API over its dependencies: the same on one machine (behind `@hono/node-server`) and in a Lambda function. */
export function createApp(given: ApiDependencies): Hono<ApiEnv> {
  const apiKeys = new ApiKeys(given);
  const authenticate = createAuthenticate({ apiKeys, clock: given.clock });
  const rateLimit = createRateLimit(given);
  const dependencies: RouteDependencies = {
    newSeed: () => crypto.getRandomValues(new Uint32Array(1))[0]! % (maxSeed + 1),
    readDocsAsset,
    prices: defaultPrices,
    ...given,
    apiKeys,
    accounts: new Accounts(given),
    queueView: new QueueView(given),
    underWay: new RequestsUnderWay(),
    authenticate: (scope) => every(authenticate(scope), rateLimit),
  };
  const app = new Hono<ApiEnv>();
  app.use(requestId(given), traceContext, clientConnection, beforeAnswerEnds);

  // Before the native routes: their paths are narrower where both match.
  for (const dialect of dialects) app.route("/", dialect.routes(dependencies));
  app.route("/", healthRoute(dependencies));
  app.route("/openapi.json", openapiRoute(dependencies));
  app.route("/docs", docsRoute(dependencies));
  // Whoever opens the address in a browser wants to know what is here.
  app.get("/", (c) => c.redirect("docs", 302));
  app.route("/llms.txt", llmsRoute(dependencies));
  app.route("/v1/jobs", createJobRoute(dependencies));
  app.route("/v1/jobs", listJobsRoute(dependencies));
  app.route("/v1/jobs", getJobRoute(dependencies));
  app.route("/v1/jobs", cancelJobRoute(dependencies));
  app.route("/v1/jobs", jobEventsRoute(dependencies));
  app.route("/v1/files", uploadedFilesRoute(dependencies));
  app.route("/v1/files", filesRoute(dependencies));
  app.route("/v1/models", modelsRoute(dependencies));
  app.route("/v1/quotes", quotesRoute(dependencies));
  app.route("/v1", usageRoute(dependencies));
  app.route("/v1/balance", balanceRoute(dependencies));
  app.route("/v1/keys", keysRoute(dependencies));
  app.route("/v1/accounts", accountsRoute(dependencies));
  app.route("/v1/webhooks", webhookSecretRoute(dependencies));
  app.route("/v1/webhook-endpoints", webhookEndpointsRoute(dependencies));
  app.route("/v1/deliveries", deliveriesRoute(dependencies));

  const answerError = (error: Error, c: Context<ApiEnv>): Response => {
    const context = {
      requestId: c.get("requestId"),
      path: c.req.path,
      acceptLanguage: c.req.header("accept-language"),
    };
    if (errorStatus(error) >= 500) {
      const { requestId, path } = context;
      const traceId = traceIdOf(c.get("traceparent"));
      given.log("a request failed", { requestId, traceId, path, error: error.stack ?? String(error) });
    }
    const dialect = dialects.find(({ owns }) => owns(context.path, c.req.raw.headers));
    return dialect ? dialect.errorResponse(error, context) : problemResponse(error, context);
  };
  app.onError(answerError);
  app.notFound((c) => {
    const message = `there is no ${c.req.method} ${c.req.path.slice(0, 100)}; see /openapi.json`;
    return answerError(new NotFoundError("route_not_found", message), c);
  });
  return app;
}
