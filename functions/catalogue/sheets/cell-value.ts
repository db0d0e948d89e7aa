import type { Warnings } from "../problems/warnings.ts";
import { isImpreciseNumber, type NumberFormat, numberText, plain } from "./number-text.ts";
import { type SharedStrings, unescaped } from "./shared-strings.ts";

/** A cell as a sheet writes it. */
interface RawCell {
  /** `t`: `n`, `s`, `str`, `inlineStr`, `b`, `e`, `d`. */
  readonly type: string;
  readonly style: number;
  readonly value: string;
  readonly hasValue: boolean;
  readonly formula: string;
  readonly hasFormula: boolean;
}

interface CellContext {
  readonly strings: SharedStrings;
  readonly formats: readonly NumberFormat[];
  readonly is1904: boolean;
  readonly warnings: Warnings;
}

interface CellValue {
  readonly text: string;
  readonly isImprecise?: true;
  /** Name of a picture that WPS put into the cell. */
  readonly pictureName?: string;
}

const wpsPicture = /\bDISPIMG\(\s*"([^"]{1,200})"/i;
const linkedPicture = /\bIMAGE\(\s*"([^"]{1,2048})"/i;

/**
 * What a person sees in a cell: texts as they are, whole numbers under `00000` with their zeros, dates by ISO 8601,
 * other numbers with up to fifteen digits and no exponent, the stored value of a formula. Errors and formulas that were
 * never computed are empty, with a warning.
 */
export function cellValue(cell: RawCell, line: number, context: CellContext): CellValue {
  const { type, value, formula, hasFormula } = cell;
  const picture = wpsPicture.exec(formula)?.[1] ?? wpsPicture.exec(type === "str" ? value : "")?.[1];
  if (picture !== undefined) return { text: "", pictureName: picture };
  const link = linkedPicture.exec(formula)?.[1];
  if (link !== undefined) return { text: link };
  if (hasFormula && !cell.hasValue) {
    context.warnings.add("formula_without_value", line);
    return { text: "" };
  }
  switch (type) {
    case "s":
      return { text: value === "" ? "" : (context.strings.get(Number(value)) ?? "") };
    case "str":
    case "inlineStr":
      return { text: unescaped(value) };
    case "b":
      return { text: value === "1" ? "TRUE" : value === "0" ? "FALSE" : value };
    case "e":
      context.warnings.add("error_value", line);
      return { text: "" };
    case "d":
      return { text: value };
    default:
      return numberValue(cell, context);
  }
}

function numberValue({ value, style }: RawCell, { formats, is1904 }: CellContext): CellValue {
  if (value === "") return { text: "" };
  const format = formats[style] ?? plain;
  const text = numberText(value, format, is1904);
  const isNumber = format.kind === "plain" || format.kind === "digits";
  return isNumber && isImpreciseNumber(value) ? { text, isImprecise: true } : { text };
}
