import { createTexts } from "../../text/texts.ts";
import { en } from "./messages.en.ts";
import { zh } from "./messages.zh.ts";

export const operateText = createTexts({ en, zh });
