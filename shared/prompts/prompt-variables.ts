/** Most characters of a variable's name. */
export const maxVariableCharacters = 40;

/**
 * `{{name}}` in a prompt: a name of letters of any script, digits, `_` and `-`, with spaces around it or not. Anything
 * else between braces is part of the text.
 */
const variable = /\{\{ {0,3}([\p{L}\p{N}_-]{1,40}) {0,3}\}\}/gu;

/** Names of the variables of a prompt, each once, in the order of the text. */
export function variablesOf(text: string): string[] {
  return [...new Set(Array.from(text.matchAll(variable), ([, name]) => name!))];
}

/** The prompt with its variables filled; one without a value is left out. */
export function fillPrompt(text: string, values: { readonly [name: string]: string }): string {
  return text.replace(variable, (_, name: string) => (Object.hasOwn(values, name) ? values[name]! : ""));
}
