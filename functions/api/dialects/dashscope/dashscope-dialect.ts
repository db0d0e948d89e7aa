import type { Dialect } from "../dialect.ts";
import { dashscopeErrorResponse } from "./errors.ts";
import { dashscopeRoutes } from "./routes.ts";

/** DashScope's synchronous Z-Image route, its older asynchronous text-to-image route, and tasks. */
export const dashscopeDialect: Dialect = {
  owns: (path) => path.startsWith("/api/v1/"),
  routes: dashscopeRoutes,
  errorResponse: dashscopeErrorResponse,
};
