import { environment } from "../environment.ts";
import { InvalidInputError } from "../errors.ts";
import { recordRetentionS } from "../limits.ts";
import { wholeNumber } from "../process/whole-number.ts";

const yearS = 366 * 86_400;

/**
 * How long records of what was made are kept, in seconds. Those that are written already stay as long as was said then.
 * @throws InvalidInputError naming the variable, the range and the value
 */
export function readRecordsS(env: Readonly<Record<string, string | undefined>>): number {
  const text = env[environment.recordYears];
  if (text === undefined || text === "") return recordRetentionS;
  const error = (message: string) => new InvalidInputError("invalid_config", message);
  return yearS * wholeNumber(environment.recordYears, text, { min: 1, max: 30, error });
}
