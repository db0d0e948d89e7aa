import type { Warning } from "../../shared/warnings/warning.ts";

/** A warning of which the sentence alone matters. */
export const sampleWarning = (message: string): Warning => ({ code: "sample", message, values: {} });
