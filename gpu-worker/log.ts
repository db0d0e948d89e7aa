type LogLevel = "info" | "warn" | "error";

/** One line per event. Fields are ids, numbers and error texts: never keys, prompts or images. */
export type Log = (
  level: LogLevel,
  message: string,
  fields?: Readonly<Record<string, string | number | undefined>>,
) => void;

/** JSON lines on standard error. */
export const jsonLog: Log = (level, message, fields) => {
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...fields })}\n`);
};
