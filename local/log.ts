import { processLog } from "../shared/process/log.ts";

/** The log of this machine's processes, on standard error. */
export const log = processLog({ env: process.env, stream: process.stderr });
