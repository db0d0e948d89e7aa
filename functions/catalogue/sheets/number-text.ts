/** How a number format shows numbers, as far as a catalogue needs it. */
export type NumberFormat =
  | { readonly kind: "plain" }
  /** Zeros and fixed texts only: `00000`, `000-0000`, `"A"000`. A number is a digit's place, a text is itself. */
  | { readonly kind: "digits"; readonly pattern: readonly (string | 0)[] }
  | { readonly kind: "date" | "time" | "duration" };

export const plain: NumberFormat = { kind: "plain" };

/** The formats that a workbook may use without defining them. */
export function builtInFormat(id: number): NumberFormat {
  if (id === 18 || id === 19 || id === 20 || id === 21) return { kind: "time" };
  if (id === 46) return { kind: "duration" };
  if (id === 45 || id === 47) return { kind: "time" };
  if ((id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 50 && id <= 58)) return { kind: "date" };
  return plain;
}

/** @param code - as a workbook defines it: `yyyy"年"m"月"d"日"`, `00000`, `0.00;[Red]-0.00` */
export function parseFormat(code: string): NumberFormat {
  const section = code.slice(0, 255).split(";", 1)[0]!;
  if (/\[(?:h+|m+|s+)\]/i.test(section)) return { kind: "duration" };
  const bare = section.replace(/\[[^[\]]*\]/g, "");
  const pattern = digitPattern(bare);
  if (pattern !== undefined) return { kind: "digits", pattern };
  const letters = bare
    .replace(/"[^"]*"/g, "")
    .replace(/\\./g, "")
    .replace(/_./g, "")
    .toLowerCase();
  if (/general|[#0?@]/.test(letters.replace(/\.0+/g, ""))) return plain;
  if (/[yd]/.test(letters)) return { kind: "date" };
  if (/[hs]/.test(letters)) return { kind: "time" };
  return letters.includes("m") ? { kind: "date" } : plain;
}

function digitPattern(section: string): (string | 0)[] | undefined {
  const pattern: (string | 0)[] = [];
  for (let at = 0; at < section.length; at++) {
    const character = section[at]!;
    if (character === "0") pattern.push(0);
    else if (character === "\\") pattern.push(section[++at] ?? "");
    else if (character === '"') {
      const end = section.indexOf('"', at + 1);
      if (end < 0) return undefined;
      pattern.push(section.slice(at + 1, end));
      at = end;
    } else if (character === "-" || character === " " || character === "/") pattern.push(character);
    else return undefined;
  }
  const places = pattern.filter((part) => part === 0).length;
  // A single `0` is how any whole number is shown.
  return places === 0 || (places === 1 && pattern.length === 1) ? undefined : pattern;
}

/** A number as its cell shows it; dates as ISO 8601. `raw` is the number as the file spells it. */
export function numberText(raw: string, format: NumberFormat, is1904: boolean): string {
  const value = Number(raw);
  if (!Number.isFinite(value) || raw.trim() === "") return raw;
  if (format.kind === "digits" && Number.isInteger(value) && value >= 0)
    return paddedDigits(plainDigits(value), format.pattern);
  if (format.kind === "duration") return durationText(value);
  if (format.kind === "date" || format.kind === "time")
    return dateText(value, format.kind, is1904) ?? plainDigits(value);
  return plainDigits(value);
}

/** Fifteen digits, which is what a spreadsheet keeps, without an exponent. */
function plainDigits(value: number): string {
  const rounded = Number(value.toPrecision(15));
  // Only whole numbers from 1e21 on need a BigInt to have no exponent; it also shows digits beyond the fifteen.
  if (Number.isInteger(rounded)) return Math.abs(rounded) < 1e21 ? String(rounded) : BigInt(rounded).toString();
  const text = String(rounded);
  const [mantissa, exponent] = text.split("e-");
  if (exponent === undefined) return text;
  const digits = mantissa!.replace(/[-.]/g, "");
  return `${rounded < 0 ? "-" : ""}0.${"0".repeat(Number(exponent) - 1)}${digits}`;
}

/** Whether a whole number has more digits than a spreadsheet keeps. */
export function isImpreciseNumber(raw: string): boolean {
  const value = Number(raw);
  return Number.isInteger(value) && Math.abs(value) >= 1e15;
}

function paddedDigits(digits: string, pattern: readonly (string | 0)[]): string {
  let left = digits.length;
  let text = "";
  const first = pattern.indexOf(0);
  for (let index = pattern.length - 1; index >= 0; index--) {
    const part = pattern[index]!;
    if (part !== 0) text = part + text;
    else if (index === first) text = digits.slice(0, Math.max(left, 0)).padStart(1, "0") + text;
    else text = (left > 0 ? digits[--left]! : "0") + text;
  }
  return text;
}

const dayMs = 86_400_000;

function dateText(serial: number, kind: "date" | "time", is1904: boolean): string | undefined {
  if (serial < 0 || serial > 2_958_466) return undefined;
  const seconds = Math.round((serial % 1) * 86_400);
  if (kind === "time" && serial < 1) return clock(seconds);
  const day = Math.floor(serial) + (seconds === 86_400 ? 1 : 0);
  // Excel's 1900 has a 29 February, so days before March are one later than they say.
  const days = is1904 ? day + 1_462 : day < 60 ? day + 1 : day;
  const date = new Date(days * dayMs - 25_569 * dayMs).toISOString().slice(0, 10);
  const rest = seconds % 86_400;
  return rest === 0 ? date : `${date} ${clock(rest)}`;
}

function durationText(value: number): string {
  const seconds = Math.round(Math.abs(value) * 86_400);
  return `${value < 0 ? "-" : ""}${clock(seconds)}`;
}

function clock(seconds: number): string {
  const two = (number: number) => String(Math.floor(number)).padStart(2, "0");
  return `${two(seconds / 3_600)}:${two((seconds % 3_600) / 60)}:${two(seconds % 60)}`;
}
