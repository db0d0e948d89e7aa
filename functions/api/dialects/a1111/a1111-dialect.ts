import type { Dialect } from "../dialect.ts";
import { a1111ErrorResponse } from "./errors.ts";
import { a1111Routes } from "./routes.ts";

/** For tools that speak to AUTOMATIC1111's web UI and its forks: SillyTavern, Open WebUI, Krita plugins. */
export const a1111Dialect: Dialect = {
  name: "a1111",
  routes: a1111Routes,
  errorResponse: a1111ErrorResponse,
  alsoOwns: ["/sdapi/*"],
};
