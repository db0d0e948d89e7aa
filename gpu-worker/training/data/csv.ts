/**
 * The rows of a CSV text (RFC 4180): fields are parted by commas, rows by line ends; a field in double quotes may hold
 * both, and a quote written twice. A byte order mark is dropped, and so are empty lines. Every row must have as many
 * fields as the first.
 * @throws Error naming the line
 */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let line = 1;
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  while (at < text.length) {
    const startLine = line;
    let field: string;
    if (text[at] === '"') {
      let end = at + 1;
      for (; text[end] !== '"' || text[end + 1] === '"'; end += text[end] === '"' ? 2 : 1) {
        if (end >= text.length) throw new Error(`line ${startLine}: a quoted field is never closed`);
        if (text[end] === "\n") line++;
      }
      field = text.slice(at + 1, end).replaceAll('""', '"');
      at = end + 1;
      if (at < text.length && !",\r\n".includes(text[at]!))
        throw new Error(`line ${line}: expected a comma or the line's end after a closing quote, got ${text[at]}`);
    } else {
      const start = at;
      while (at < text.length && !",\r\n".includes(text[at]!)) at++;
      field = text.slice(start, at);
      if (field.includes('"')) throw new Error(`line ${line}: a field with a quote in it must be quoted as a whole`);
    }
    row.push(field);
    if (text[at] === ",") {
      at++;
      if (at < text.length) continue;
      row.push(""); // the text ends with a comma: one more field, empty
    }
    if (text[at] === "\r") at++;
    if (text[at] === "\n") at++;
    line++;
    if (row.length > 1 || row[0] !== "") {
      const expected = rows[0]?.length ?? row.length;
      if (row.length !== expected)
        throw new Error(`line ${startLine}: expected ${expected} fields as in the first line, got ${row.length}`);
      rows.push(row);
    }
    row = [];
  }
  return rows;
}
