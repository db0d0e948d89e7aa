const variable = /\{\{ {0,3}([\p{L}\p{N}_-]{1,40}) {0,3}\}\}/u;

/** The pieces of a prompt's text in order: what stands there, and the names of its `{{variables}}`. */
export function splitVariables(text: string): readonly ({ readonly text: string } | { readonly variable: string })[] {
  return text
    .split(variable)
    .map((piece, index) => (index % 2 === 0 ? { text: piece } : { variable: piece }))
    .filter((piece) => !("text" in piece) || piece.text !== "");
}
