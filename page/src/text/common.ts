import { en } from "./messages.en.ts";
import { zh } from "./messages.zh.ts";
import { createTexts } from "./texts.ts";

/** Texts of the shell and of the parts that all views use. */
export const commonText = createTexts({ en, zh });
