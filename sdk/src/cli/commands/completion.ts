import { type Command, type Option, type Options, UsageError } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";

const shells = ["bash", "zsh", "fish"] as const;

export const completion: Command = {
  name: "completion",
  summary: "print a completion script",
  positionals: [{ name: "bash|zsh|fish", required: true }],
  notes: `bash: eval "$(zimage completion bash)"        in ~/.bashrc
zsh:  source <(zimage completion zsh)         in ~/.zshrc, after compinit
fish: zimage completion fish | source         in ~/.config/fish/config.fish`,
  async run({ positionals: [shell] }, { terminal, commands }) {
    if (shell !== "bash" && shell !== "zsh" && shell !== "fish") {
      throw new UsageError(`completions are made for ${shells.join(", ")}, got ${shell}`);
    }
    terminal.print(completionScript(shell, commands).trimEnd());
    return exitCodes.ok;
  },
};

/** The commands' names, options and choices, for a shell to offer. @param commands - with the options that all share */
export function completionScript(shell: (typeof shells)[number], commands: readonly Command[]): string {
  return shell === "fish" ? fish(commands) : bash(commands, shell);
}

interface Words {
  /** "" before the first word; "jobs" after a group's. */
  readonly after: string;
  readonly words: readonly { readonly word: string; readonly summary: string }[];
}

/** Words that may come first, and after each group. */
function words(commands: readonly Command[]): Words[] {
  const groups = new Map<string, { word: string; summary: string }[]>([["", []]]);
  for (const { name, summary } of commands) {
    const [first = "", second] = name.split(" ");
    if (second === undefined) groups.get("")?.push({ word: first, summary });
    else {
      if (!groups.has(first)) {
        groups.set(first, []);
        groups.get("")?.push({ word: first, summary: `${first} …` });
      }
      groups.get(first)?.push({ word: second, summary });
    }
  }
  return [...groups].map(([after, list]) => ({ after, words: list }));
}

function flagsOf(options: Options): string[] {
  return Object.entries(options).flatMap(([name, { short }]) => [`--${name}`, ...(short ? [`-${short}`] : [])]);
}

function bash(commands: readonly Command[], shell: "bash" | "zsh"): string {
  const line = (pattern: string, list: readonly string[]) => `    ${pattern}) words="${list.join(" ")}" ;;\n`;
  const groups = words(commands).map(({ after, words: list }) =>
    line(
      `"${after}"`,
      list.map(({ word }) => word),
    ),
  );
  const flags = commands.map(({ name, options = {} }) => line(`"${name}"`, flagsOf(options)));
  const values = new Map<string, readonly string[]>();
  const paths = new Set<string>();
  for (const { name, options = {} } of commands) {
    for (const [option, { choices, path, short }] of Object.entries(options)) {
      for (const spelled of [`--${option}`, ...(short ? [`-${short}`] : [])]) {
        if (choices) values.set(`"${name} ${spelled}"`, choices);
        if (path) paths.add(`"${name} ${spelled}"`);
      }
    }
  }
  const choices = [...values].map(([pattern, list]) => line(pattern, list));
  const files = paths.size === 0 ? "" : `    ${[...paths].join("|")}) COMPREPLY=($(compgen -f -- "$cur")); return ;;\n`;
  // zsh runs bash's completions through its own layer.
  const header = shell === "zsh" ? "autoload -Uz bashcompinit && bashcompinit\n" : "";
  return `${header}_zimage() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" command="" words="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in -*) ;; *) command="$command\${command:+ }\${COMP_WORDS[i]}" ;; esac
    case "$command" in ${words(commands)
      .slice(1)
      .map(({ after }) => `"${after}"`)
      .join("|")}) ;; ?*) break ;; esac
  done
  COMPREPLY=()
  case "$command $prev" in
${choices.join("")}${files}  esac
  if [ -z "$words" ]; then
    case "$cur" in
    -*) case "$command" in
${flags.join("")}    esac ;;
    *) case "$command" in
${groups.join("")}    esac ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _zimage zimage
`;
}

function fish(commands: readonly Command[]): string {
  const quoted = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  const lines = ["complete -c zimage -f"];
  for (const { after, words: list } of words(commands)) {
    const here =
      after === ""
        ? "__fish_use_subcommand"
        : `__fish_seen_subcommand_from ${after}; and not __fish_seen_subcommand_from ` +
          `${list.map(({ word }) => word).join(" ")}`;
    for (const { word, summary } of list)
      lines.push(`complete -c zimage -n ${quoted(here)} -a ${word} -d ${quoted(summary)}`);
  }
  const option = (here: string, name: string, { type, short, choices, path, help }: Option) => {
    const value = type === "boolean" ? "" : path ? " -r -F" : choices ? ` -x -a ${quoted(choices.join(" "))}` : " -x";
    lines.push(
      `complete -c zimage -n ${quoted(here)} -l ${name}${short ? ` -s ${short}` : ""}${value} -d ${quoted(help)}`,
    );
  };
  for (const { name, options = {} } of commands) {
    const here = name
      .split(" ")
      .map((word) => `__fish_seen_subcommand_from ${word}`)
      .join("; and ");
    for (const [optionName, each] of Object.entries(options)) option(here, optionName, each);
  }
  return `${lines.join("\n")}\n`;
}
