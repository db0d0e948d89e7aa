export interface MugView {
  /**
   * Degrees that the mug is turned to the right: 0 shows the logo from the front and the handle to the right, 180 the
   * back.
   */
  readonly turn: number;
  /** Middle of the mug in an image of side 1. @default [0.5, 0.5] */
  readonly at?: readonly [number, number];
  /** Size relative to the usual one. @default 1 */
  readonly scale?: number;
}

const side = 256;
const [radius, height] = [58, 122];
/** How much of a circle is seen from a little above. */
const tilt = 0.26;
const radians = (degrees: number) => (degrees * Math.PI) / 180;

/**
 * The product: a cream mug with three teal stripes that grow thicker downwards, an orange sun with a wave as its logo,
 * and a teal handle.
 * @param background - any colour that SVG knows
 * @returns an SVG of 256×256
 */
export function drawMug(views: readonly MugView[], background: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}" width="${side}" height="${side}">
<defs>
<linearGradient id="body"><stop offset="0" stop-color="#cdbfa4"/><stop offset=".22" stop-color="#f3e9d4"/><stop offset=".45" stop-color="#fffaf0"/><stop offset=".75" stop-color="#eadfc8"/><stop offset="1" stop-color="#b5a68a"/></linearGradient>
<linearGradient id="stripe"><stop offset="0" stop-color="#0c5a5a"/><stop offset=".4" stop-color="#2fa8a0"/><stop offset="1" stop-color="#084848"/></linearGradient>
<linearGradient id="inside" y2="1" x2="0"><stop offset="0" stop-color="#8d7d62"/><stop offset="1" stop-color="#f0e6d0"/></linearGradient>
<radialGradient id="shadow"><stop offset="0" stop-opacity=".35"/><stop offset="1" stop-opacity="0"/></radialGradient>
</defs>
<rect width="${side}" height="${side}" fill="${background}"/>
${views.map(mug).join("\n")}
</svg>`;
}

function mug({ turn, at = [0.5, 0.5], scale = 1 }: MugView): string {
  const [x, y] = [at[0] * side, at[1] * side];
  return `<g transform="translate(${x} ${y}) scale(${scale}) translate(0 ${-height / 2})">
<ellipse cx="0" cy="${height + 6}" rx="${radius * 1.45}" ry="16" fill="url(#shadow)"/>
${handle(turn)}
<path d="${band(0, height)}" fill="url(#body)"/>
${[
  [66, 5],
  [80, 8],
  [97, 13],
]
  .map(([top = 0, thick = 0]) => `<path d="${band(top, top + thick)}" fill="url(#stripe)"/>`)
  .join("")}
${logo(turn)}
<ellipse cx="0" cy="0" rx="${radius}" ry="${radius * tilt}" fill="#fffaf0"/>
<ellipse cx="0" cy="1" rx="${radius - 5}" ry="${radius * tilt - 3}" fill="url(#inside)"/>
</g>`;
}

/** A ring around the mug between two heights. */
function band(top: number, bottom: number): string {
  const arc = `${radius} ${radius * tilt} 0 0`;
  return `M${-radius} ${top}A${arc} 0 ${radius} ${top}V${bottom}A${arc} 1 ${-radius} ${bottom}Z`;
}

function handle(turn: number): string {
  const across = Math.cos(radians(turn));
  // Pointing at us or away it would hardly be seen.
  if (Math.abs(across) < 0.2) return "";
  const [cx, rx] = [across * (radius - 2), Math.abs(across) * 34];
  return `<ellipse cx="${cx}" cy="54" rx="${rx}" ry="33" fill="none" stroke="#0f6e6a" stroke-width="13"/>
<ellipse cx="${cx - 2}" cy="52" rx="${rx}" ry="33" fill="none" stroke="#39b3aa" stroke-width="4"/>`;
}

/** On the side that is turned to us; narrower the further it is turned away. */
function logo(turn: number): string {
  const front = Math.cos(radians(turn));
  if (front < 0.15) return "";
  const x = Math.sin(radians(turn)) * radius;
  return `<g transform="translate(${x} ${38 + front * radius * tilt * 0.7}) scale(${front} 1)">
<circle r="18" fill="#f2802a"/><circle r="18" fill="none" stroke="#c65b12" stroke-width="2"/>
<path d="M-17 5q5-7 9 0t9 0 9 0 7-3a18 18 0 0 1-34 5z" fill="#fffaf0"/>
</g>`;
}
