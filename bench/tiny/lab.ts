/** CIE L*a*b* under D65: L 0..100, a and b about −110..100. */
export type Lab = readonly [lightness: number, a: number, b: number];

/** White of sRGB, the sum of each row of the matrix below, so that white is exactly L 100, a 0, b 0. */
const white = [0.4124564 + 0.3575761 + 0.1804375, 1, 0.0193339 + 0.119192 + 0.9503041] as const;

/**
 * sRGB, 0..255 each, to Lab: straight lines near black and powers elsewhere.
 * @see IEC 61966-2-1 (sRGB); CIE 15 (Lab)
 */
export function srgbToLab(red: number, green: number, blue: number): Lab {
  const [r, g, b] = [linearOf(red), linearOf(green), linearOf(blue)];
  const x = compress((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / white[0]);
  const y = compress((0.2126729 * r + 0.7151522 * g + 0.072175 * b) / white[1]);
  const z = compress((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / white[2]);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function linearOf(value: number): number {
  const c = value / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
}

function compress(t: number): number {
  return t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27 / 116) * t + 16 / 116;
}

/** Straight distance, known as ΔE*ab. */
export function labDistance([l1, a1, b1]: Lab, [l2, a2, b2]: Lab): number {
  return Math.hypot(l1 - l2, a1 - a2, b1 - b2);
}
