import type { Command, Options, Positional } from "./command.ts";

export const globalOptions: Options = {
  url: { type: "string", value: "URL", help: "URL of the API. Default: ZIMAGE_URL, else the one stored by login." },
  key: {
    type: "string",
    value: "KEY",
    help: "API key. Other users can read it in the process list: prefer ZIMAGE_API_KEY or login.",
  },
  json: { type: "boolean", help: "Print one JSON document per line, errors included." },
  quiet: { type: "boolean", short: "q", help: "Print neither progress nor hints." },
  help: { type: "boolean", short: "h", help: "Show this help." },
};

export function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 2;
  return `zimage COMMAND [options]

${commands.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}\n`).join("")}
Options of every command:
${optionLines(globalOptions)}
Run zimage COMMAND --help for details. Exit codes: 0 success, 1 failure, 2 wrong usage or settings, 3 partial success, 130 interrupted.
Output is not coloured if NO_COLOR is set or the output is not a terminal.
`;
}

export function commandHelp({ name, summary, positionals = [], options = {}, notes }: Command): string {
  const usage = ["zimage", name, ...positionals.map(positionalText), "[options]"].join(" ");
  const own = Object.keys(options).length === 0 ? "" : `${optionLines(options)}\n`;
  return `${usage}\n\n${summary[0]?.toUpperCase()}${summary.slice(1)}.\n\n${own}${optionLines(globalOptions)}${notes === undefined ? "" : `\n${notes}\n`}`;
}

export function positionalText({ name, required, rest }: Positional): string {
  const text = rest ? `${name}...` : name;
  return required ? text : `[${text}]`;
}

function optionLines(options: Options): string {
  const rows = Object.entries(options).map(([name, { short, value, choices, help }]) => {
    const left = `${short ? `-${short}, ` : "    "}--${name}${value === undefined ? "" : ` ${value}`}`;
    return [left, choices ? `${help} (${choices.join(", ")})` : help] as const;
  });
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return rows.map(([left, right]) => `  ${left.padEnd(width)}${wrapped(right, width + 2)}\n`).join("");
}

const lineWidth = 110;

/** Lines of at most `lineWidth`, all but the first after `indent` spaces. */
function wrapped(text: string, indent: number): string {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1) ?? "";
    if (line !== "" && indent + line.length + 1 + word.length > lineWidth) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines.join(`\n${" ".repeat(indent)}`);
}
