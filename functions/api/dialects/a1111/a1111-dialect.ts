import type { Dialect } from "../dialect.ts";
import { a1111ErrorResponse } from "./errors.ts";
import { a1111Routes } from "./routes.ts";

/** For tools that speak to AUTOMATIC1111's web UI and its forks: SillyTavern, Open WebUI, Krita plugins. */
export const a1111Dialect: Dialect = {
  name: "a1111",
  routes: a1111Routes,
  errorResponse: a1111ErrorResponse,
  alsoOwns: ["/sdapi/*"],
  served:
    "of the web UI's API this server has txt2img, img2img, options, progress, interrupt, png-info and the lists that tools ask for, under /sdapi/v1",
};
