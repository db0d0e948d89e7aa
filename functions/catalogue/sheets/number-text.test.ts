import { describe, expect, it } from "vitest";
import { builtInFormat, isImpreciseNumber, numberText, parseFormat } from "./number-text.ts";

const shown = (raw: string, code: string, is1904 = false) => numberText(raw, parseFormat(code), is1904);

describe("numberText", () => {
  it("fills up the zeros of a code, and keeps the digits that it has no place for", () => {
    expect(shown("123", "00000")).toBe("00123");
    expect(shown("12345678", "000-0000")).toBe("1234-5678");
    expect(shown("5", '"A"000')).toBe("A005");
    expect([shown("-5", "00000"), shown("1.5", "00000")]).toEqual(["-5", "1.5"]);
    expect(shown("7", "0")).toBe("7");
  });

  it("shows a number without exponent and without the noise of its last digits", () => {
    expect(shown("0.30000000000000004", "General")).toBe("0.3");
    expect(shown("-1.5E-7", "General")).toBe("-0.00000015");
    expect(shown("4006381333931234567", "General")).toBe("4006381333931230000");
    expect(shown("1.2E+20", "0.00E+00")).toBe("120000000000000000000");
    expect([shown("n/a", "00000"), shown("", "00000")]).toEqual(["n/a", ""]);
  });

  it("counts days on both sides of the 29 February 1900 that never was, and from 1904", () => {
    expect([shown("1", "yyyy-mm-dd"), shown("61", "yyyy-mm-dd")]).toEqual(["1900-01-01", "1900-03-01"]);
    expect(shown("0", "d.m.yy", true)).toBe("1904-01-01");
    expect(shown("45992.999999", '[$-804]yyyy"年"m"月"d"日"')).toBe("2025-12-02");
    expect([shown("-1", "yyyy-mm-dd"), shown("2958467", "yyyy-mm-dd")]).toEqual(["-1", "2958467"]);
  });

  it("tells times of a day from durations", () => {
    expect(shown("0.5", "mm:ss.0")).toBe("12:00:00");
    expect([shown("1.5", "h:mm"), shown("1.5", "[h]:mm")]).toEqual(["1900-01-01 12:00:00", "36:00:00"]);
    expect(numberText("-0.25", builtInFormat(46), false)).toBe("-06:00:00");
  });
});

describe("isImpreciseNumber", () => {
  it("holds from the sixteenth digit on, however it is spelled", () => {
    expect(
      ["999999999999999", "1000000000000000", "-1E+15", "1E+14", "0.1234567890123456"].map(isImpreciseNumber),
    ).toEqual([false, true, true, false, false]);
  });
});
