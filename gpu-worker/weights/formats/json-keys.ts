/**
 * First key that occurs twice in one object of `json`, which must already be valid JSON. `JSON.parse` keeps the last of
 * two equal keys without a word, so a file could show one tensor to a checker and another to us.
 */
export function duplicateKey(json: string): string | undefined {
  const open: (Set<string> | null)[] = []; // one entry per open bracket: the keys of an object, null for an array
  for (let at = 0; at < json.length; at++) {
    const character = json[at];
    if (character === "{") open.push(new Set());
    else if (character === "[") open.push(null);
    else if (character === "}" || character === "]") open.pop();
    else if (character === '"') {
      const start = at++;
      while (json[at] !== '"') at += json[at] === "\\" ? 2 : 1;
      const keys = open.at(-1);
      if (!keys || !isFollowedByColon(json, at + 1)) continue;
      const key: string = JSON.parse(json.slice(start, at + 1)); // "\u0061" and "a" are one key
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}

function isFollowedByColon(json: string, from: number): boolean {
  let at = from;
  while (json[at] === " " || json[at] === "\n" || json[at] === "\t" || json[at] === "\r") at++;
  return json[at] === ":";
}
