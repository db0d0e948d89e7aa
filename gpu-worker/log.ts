import { processLog } from "../shared/process/log.ts";

/** On standard error. */
export const log = processLog({ env: process.env, stream: process.stderr });
