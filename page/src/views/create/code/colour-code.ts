import type { CodePart } from "../../../parts/data/code-box.tsx";

const pieces =
  /(?<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\]|\\.)*')|(?<name>\b(?:curl|import|from|const|await|new|zimage|export)\b)/g;

/** Strings and a few words in colours; the text itself is not changed. */
export function colourCode(code: string): readonly CodePart[] {
  const parts: CodePart[] = [];
  let at = 0;
  for (const match of code.matchAll(pieces)) {
    if (match.index > at) parts.push({ text: code.slice(at, match.index) });
    parts.push({ text: match[0], kind: match.groups?.string === undefined ? "name" : "string" });
    at = match.index + match[0].length;
  }
  parts.push({ text: code.slice(at) });
  return parts;
}
