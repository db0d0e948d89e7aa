import type { Context } from "hono";
import type { Language } from "../../../shared/warnings/warning.ts";
import { prefersChinese } from "../problems/problem-zh.ts";

/** Of the texts in a response that are for people. */
export function requestLanguage(c: Context): Language {
  return prefersChinese(c.req.header("accept-language")) ? "zh" : "en";
}
