import { expect, it } from "vitest";
import { usageCsv } from "./usage-csv.ts";

const numbers = { jobs: 2, succeeded: 1, images: 1, steps: 8, megapixels: 1.5, charged: 1_000_003 };

it("says in which unit money is, and that it is UTF-8", () => {
  const text = usageCsv(["metadata.项目"], [{ groups: ["狐狸"], ...numbers }], "USD");
  expect(text).toBe(
    "\uFEFFmetadata.项目,jobs,succeeded,images,steps,megapixels,charged_micro_units,charged_decimal,currency\r\n" +
      "狐狸,2,1,1,8,1.5,1000003,1.000003,USD\r\n",
  );
});

it.each([
  ["=1+1", "'=1+1"],
  ["+49", "'+49"],
  ["-1", "'-1"],
  ["@SUM(A1)", "'@SUM(A1)"],
  ["\t=1", "'\t=1"],
  ["\n=1", `"'\n=1"`],
  ["＝1", "'＝1"],
  ['=HYPERLINK("https://a.example","b")', `"'=HYPERLINK(""https://a.example"",""b"")"`],
  ["a,b", '"a,b"'],
  ["a-b", "a-b"],
])("writes the label %j as %j", (group, cell) => {
  expect(usageCsv(["day"], [{ groups: [group], ...numbers }], "USD").split("\r\n")[1]).toBe(
    `${cell},2,1,1,8,1.5,1000003,1.000003,USD`,
  );
});
