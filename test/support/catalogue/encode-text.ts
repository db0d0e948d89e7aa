const tables = new Map<string, Map<string, readonly number[]>>();

/**
 * A text in an encoding that Node decodes but does not encode: every code of two bytes is decoded once, and the table
 * turned around.
 * @throws Error for a character that the encoding does not have
 */
export function encodeText(text: string, encoding: string): Uint8Array {
  if (encoding === "utf-8") return new TextEncoder().encode(text);
  if (encoding === "utf-16le") return Buffer.from(text, "utf16le");
  if (encoding === "utf-16be") return Buffer.from(text, "utf16le").swap16();
  const table = tableOf(encoding);
  const bytes: number[] = [];
  for (const character of text) {
    if (character.charCodeAt(0) < 128) {
      bytes.push(character.charCodeAt(0));
      continue;
    }
    const code = table.get(character);
    if (code === undefined) throw new Error(`${encoding} has no ${character}`);
    bytes.push(...code);
  }
  return Uint8Array.from(bytes);
}

function tableOf(encoding: string): Map<string, readonly number[]> {
  const known = tables.get(encoding);
  if (known !== undefined) return known;
  const table = new Map<string, readonly number[]>();
  const decoder = new TextDecoder(encoding, { fatal: true });
  const add = (bytes: readonly number[]) => {
    try {
      const character = decoder.decode(Uint8Array.from(bytes));
      if ([...character].length === 1 && !table.has(character)) table.set(character, bytes);
    } catch {
      // No character has this code.
    }
  };
  for (let first = 0x80; first < 256; first++) add([first]);
  for (let first = 0x81; first < 255; first++) for (let second = 0x40; second < 255; second++) add([first, second]);
  tables.set(encoding, table);
  return table;
}
