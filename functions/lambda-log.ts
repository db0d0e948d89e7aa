import { createLog } from "../shared/process/log.ts";

/** JSON lines on standard output, where Lambda's log group takes them. */
export const lambdaLog = createLog({ write: (line) => process.stdout.write(line), format: "json" });
