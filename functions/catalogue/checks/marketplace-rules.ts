import type { ImageChecks, ImageFormat } from "../../../shared/job.ts";
import marketplaces from "./marketplaces.json" with { type: "json" };

/** Numbers that a marketplace asks for. They change: each has its source, and the day on which that was read. */
interface MarketplaceRules {
  readonly name: string;
  readonly source: string;
  readonly checked_on: string;
  /** Shares, at least. */
  readonly border_white_exact?: number;
  readonly fill?: number;
  /** Pixels, at least; for the longest side also at most. */
  readonly shortest_side?: number;
  readonly longest_side?: readonly number[];
  /** At most. */
  readonly pixels?: number;
  readonly bytes?: number;
  readonly ratios?: readonly string[];
  readonly formats?: readonly string[];
}

export type Marketplace = keyof typeof marketplaces;
export const marketplaceNames = Object.keys(marketplaces) as Marketplace[];

/** What is known of a file. */
interface MeasuredFile {
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  readonly format: ImageFormat;
  readonly checks?: ImageChecks;
}

/** One number of an image beside the one that is asked for. */
export interface Finding {
  readonly marketplace: Marketplace;
  readonly rule: string;
  readonly wanted: string;
  readonly measured: string;
  /** `unknown` where the image was not measured. */
  readonly verdict: "pass" | "fail" | "unknown";
}

/** Share by which a ratio may be off. */
const ratioTolerance = 0.01;

/** An image's numbers beside a marketplace's. What a number cannot tell, such as a logo, is not looked at. */
export function findingsOf(marketplace: Marketplace, image: MeasuredFile): Finding[] {
  const rules: MarketplaceRules = marketplaces[marketplace];
  const { width, height, bytes, format, checks } = image;
  const findings: Finding[] = [];
  const find = (rule: string, wanted: string | undefined, measured: string | number | undefined, passes: boolean) => {
    if (wanted === undefined) return;
    const verdict = measured === undefined ? "unknown" : passes ? "pass" : "fail";
    findings.push({ marketplace, rule, wanted, measured: measured === undefined ? "" : String(measured), verdict });
  };
  const atLeast = (rule: string, limit: number | undefined, measured: number | undefined) =>
    find(rule, limit === undefined ? undefined : `at least ${limit}`, measured, measured! >= limit!);
  const atMost = (rule: string, limit: number | undefined, measured: number) =>
    find(rule, limit === undefined ? undefined : `at most ${limit}`, measured, measured <= limit!);
  atLeast("border_white_exact", rules.border_white_exact, checks?.borderWhiteExact);
  atLeast("fill", rules.fill, checks?.fill);
  atLeast("shortest_side", rules.shortest_side, Math.min(width, height));
  const [least, most] = rules.longest_side ?? [];
  atLeast("longest_side", least, Math.max(width, height));
  atMost("longest_side", most, Math.max(width, height));
  atMost("pixels", rules.pixels, width * height);
  atMost("bytes", rules.bytes, bytes);
  const isRatio = (ratio: string) => {
    const [across, down] = ratio.split(":").map(Number) as [number, number];
    return Math.abs((width * down) / (height * across) - 1) <= ratioTolerance;
  };
  find("ratio", rules.ratios?.join(" or "), `${width}:${height}`, rules.ratios?.some(isRatio) ?? true);
  find("format", rules.formats?.join(" or "), format, rules.formats?.includes(format) ?? true);
  return findings;
}

/** Source of a marketplace's numbers, for whoever wants to look them up. */
export function sourceOf(marketplace: Marketplace): { readonly source: string; readonly checkedOn: string } {
  const { source, checked_on: checkedOn } = marketplaces[marketplace];
  return { source, checkedOn };
}
