import { styleText } from "node:util";
import type { Json } from "../ports/items.ts";
import { printable } from "./printable.ts";

type LogLevel = "info" | "warn" | "error";
type LogFields = { readonly [name: string]: Json | undefined };
/** One line per event. Fields are ids, numbers and error texts: never keys, prompts or images. */
export type Log = (level: LogLevel, message: string, fields?: LogFields) => void;

const logFormats = ["json", "pretty"] as const;
export type LogFormat = (typeof logFormats)[number];

export interface LogOptions {
  readonly write: (line: string) => void;
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number;
  readonly format: LogFormat;
  /** @default false */
  readonly colours?: boolean;
}

export function createLog({ write, now = Date.now, format, colours = false }: LogOptions): Log {
  const line = format === "json" ? jsonLine : (event: LogEvent) => prettyLine(event, colours);
  return (level, message, fields = {}) => write(`${line({ time: new Date(now()), level, message, fields })}\n`);
}

interface ProcessLogSettings {
  readonly env: { readonly [name: string]: string | undefined };
  readonly stream: NodeJS.WriteStream;
}

/** The log of a process: to be read by people on a terminal, JSON lines elsewhere, or as `LOG_FORMAT` says. */
export function processLog({ env, stream }: ProcessLogSettings): Log {
  const isTerminal = stream.isTTY === true;
  return createLog({
    write: (line) => stream.write(line),
    format: readLogFormat(env.LOG_FORMAT) ?? (isTerminal ? "pretty" : "json"),
    colours: isTerminal && !env.NO_COLOR,
  });
}

/** `undefined` where nothing is said, and for a name that is none: `npm start` refuses that before it logs. */
export function readLogFormat(value: string | undefined): LogFormat | undefined {
  return logFormats.find((format) => format === value);
}

interface LogEvent {
  readonly time: Date;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

function jsonLine({ time, level, message, fields }: LogEvent): string {
  return JSON.stringify({ time: time.toISOString(), level, message, ...fields });
}

const levelStyles = { info: "cyan", warn: "yellow", error: "red" } as const;

/** `12:00:00.123 WARN  what happened  name=value`, in local time; a stack follows on lines of its own. */
function prettyLine({ time, level, message, fields }: LogEvent, colours: boolean): string {
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    colours ? styleText(style, text, { validateStream: false }) : text;
  const shown = Object.entries(fields).filter(([, value]) => value !== undefined);
  const isLong = (value: Json | undefined) => typeof value === "string" && value.includes("\n");
  const short = shown
    .filter(([, value]) => !isLong(value))
    .map(([name, value]) => ` ${paint("dim", `${name}=`)}${plain(value)}`);
  const long = shown
    .filter(([, value]) => isLong(value))
    .flatMap(([name, value]) =>
      String(value)
        .split("\n")
        .map((row, i) => `    ${i === 0 ? `${name}: ` : ""}${printable(row)}`),
    );
  const head =
    `${paint("dim", clockTime(time))} ${paint(levelStyles[level], level.toUpperCase().padEnd(5))} ` +
    `${printable(message)}`;
  return [`${head}${short.join("")}`, ...long].join("\n");
}

function clockTime(time: Date): string {
  const pad = (value: number, digits = 2) => String(value).padStart(digits, "0");
  return `${pad(time.getHours())}:${pad(time.getMinutes())}:${pad(time.getSeconds())}.${pad(time.getMilliseconds(), 3)}`;
}

/** Text with a space in quotes; nothing that moves the cursor. */
function plain(value: Json | undefined): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return printable(
    typeof value === "string" && (/[\s"=]/.test(text) || text === "") ? JSON.stringify(text) : (text ?? ""),
  );
}
