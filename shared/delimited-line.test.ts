import { expect, it } from "vitest";
import { delimitedLine } from "./delimited-line.ts";

it("quotes a cell only where its content needs it", () => {
  expect(delimitedLine(["a", "b,c", 'd"e', "f\ng", " h", ""])).toBe('a,"b,c","d""e","f\ng"," h",\r\n');
  expect(delimitedLine(["a,b", "c;d"], { delimiter: ";" })).toBe('a,b;"c;d"\r\n');
  expect(delimitedLine(["a\tb", "c"], { delimiter: "\t" })).toBe('"a\tb"\tc\r\n');
});

it("disarms formulas only when it is asked to", () => {
  const cells = ["=1+1", "+1", "-1", "@SUM(A1)", "1=1"];
  expect(delimitedLine(cells)).toBe("=1+1,+1,-1,@SUM(A1),1=1\r\n");
  expect(delimitedLine(cells, { escapeFormulas: true })).toBe("'=1+1,'+1,'-1,'@SUM(A1),1=1\r\n");
});
