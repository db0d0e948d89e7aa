import type { Dialect } from "../dialect.ts";
import { mcpErrorResponse } from "./errors.ts";
import { mcpRoutes } from "./routes.ts";

export const mcpDialect: Dialect = {
  owns: (path) => path === "/mcp",
  routes: mcpRoutes,
  errorResponse: mcpErrorResponse,
};
