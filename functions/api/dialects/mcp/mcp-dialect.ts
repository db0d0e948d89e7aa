import type { Dialect } from "../dialect.ts";
import { mcpErrorResponse } from "./errors.ts";
import { mcpRoutes } from "./routes.ts";

/** The Model Context Protocol, for agents. */
export const mcpDialect: Dialect = { name: "mcp", routes: mcpRoutes, errorResponse: mcpErrorResponse };
