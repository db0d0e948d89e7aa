import type { Dialect } from "../dialect.ts";
import { dashscopeErrorResponse } from "./errors.ts";
import { dashscopeRoutes } from "./routes.ts";

/** DashScope's synchronous Z-Image route, its older asynchronous text-to-image route, and tasks. */
export const dashscopeDialect: Dialect = {
  name: "dashscope",
  routes: dashscopeRoutes,
  errorResponse: dashscopeErrorResponse,
  alsoOwns: ["/api/v1/*"],
};
