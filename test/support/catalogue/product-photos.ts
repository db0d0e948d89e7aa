import sharp from "sharp";

const side = 400;

/** A teapot-like shape that touches no border: about 240 pixels wide. */
const shape = (fill: string) =>
  `<ellipse cx="200" cy="220" rx="95" ry="75" fill="${fill}"/><rect x="180" y="130" width="40" height="30" fill="${fill}"/>` +
  `<polygon points="290,190 320,150 330,160 300,230" fill="${fill}"/>` +
  `<circle cx="170" cy="200" r="18" fill="#f4d03f"/>`;

function svg(content: string): Buffer {
  return Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}">${content}</svg>`);
}

const onto = (background: string, product = "#b03a2e", extra = "") =>
  svg(`<rect width="${side}" height="${side}" fill="${background}"/>${extra}${shape(product)}`);
const shadow =
  '<defs><filter id="soft" x="-50%" y="-50%" width="200%" height="200%"><feGaussianBlur stdDeviation="14"/></filter></defs>' +
  '<ellipse cx="215" cy="290" rx="100" ry="16" fill="#9a9a9a" filter="url(#soft)"/>';
const stripes = Array.from(
  { length: 20 },
  (_, i) => `<rect x="${20 * i}" width="10" height="${side}" fill="hsl(${18 * i},70%,50%)"/>`,
).join("");

/** Photos of products as shops have them, drawn here: what they stand on is in their names. */
export const productPhotos = {
  white: () => sharp(onto("#ffffff")).png().toBuffer(),
  almost_white: () => sharp(onto("#f8f7f6")).jpeg({ quality: 92 }).toBuffer(),
  grey: () => sharp(onto("#c8c8c8", "#1f4e8c")).png().toBuffer(),
  blue: () => sharp(onto("#2e86c1")).jpeg({ quality: 95 }).toBuffer(),
  shadow: () =>
    sharp(onto("#ffffff", "#b03a2e", shadow))
      .png()
      .toBuffer(),
  alpha: () =>
    sharp(svg(shape("#117a65")))
      .png()
      .toBuffer(),
  alpha_webp: () =>
    sharp(svg(shape("#6c3483")))
      .webp({ lossless: true })
      .toBuffer(),
  black: () => sharp(onto("#ffffff", "#101010")).jpeg({ quality: 90 }).toBuffer(),
  busy: () =>
    sharp(onto("#dddddd", "#b03a2e", stripes))
      .png()
      .toBuffer(),
  white_on_white: () => sharp(onto("#ffffff", "#f6f6f6")).png().toBuffer(),
} as const;
