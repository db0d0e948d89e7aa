const notices = {
  anything: undefined,
  small:
    "zimage-tiny draws small images of the 400 objects it knows (models/zimage-tiny/README.md). For anything " +
    "else give a released model:",
  noise: "This checkpoint has random weights: its images are coloured noise until a trained model is given:",
} as const;

/** Text that `npm start` prints once the pipeline is ready. */
export interface StartText {
  readonly url: string;
  /** Link that lets one browser in; absent: the page could not be built. */
  readonly pageLink?: string;
  readonly key: string;
  readonly dataDir: string;
  readonly model: string;
  /** Quality to expect of its images. */
  readonly draws: keyof typeof notices;
}

export function startText({ url, pageLink, key, dataDir, model, draws }: StartText, { bold, dim }: Style): string {
  const notice = notices[draws];
  return [
    "",
    `${bold("Z-Image pipeline is ready")}`,
    ...(pageLink === undefined
      ? []
      : [`  ${dim("Page ")} ${pageLink}   ${dim("(once, for ten minutes; again: npm run open)")}`]),
    `  ${dim("API  ")} ${url}   ${dim("(reference at /docs)")}`,
    `  ${dim("Key  ")} ${key}`,
    `  ${dim("Model")} ${model}`,
    `  ${dim("Data ")} ${dataDir}`,
    ...(notice === undefined ? [] : ["", bold(notice), "  npm start -- --model DIR"]),
    "",
    "An image:",
    "",
    `curl -fsSL ${url}/v1/jobs -H ${shellQuoted(`Authorization: Bearer ${key}`)} -H 'Content-Type: application/json' \\`,
    `  -H 'Prefer: wait=60' -H 'Accept: image/png' -d '{"prompt": "a penguin"}' -o penguin.png`,
    "",
    "",
  ].join("\n");
}

export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
}

/** Colours for a terminal, unless `NO_COLOR` is set (to anything but the empty text, as no-color.org asks). */
export function styleFor(stream: { readonly isTTY?: boolean }, env: { readonly NO_COLOR?: string | undefined }): Style {
  if (!stream.isTTY || env.NO_COLOR) return { bold: (text) => text, dim: (text) => text };
  return { bold: (text) => `\u001b[1m${text}\u001b[22m`, dim: (text) => `\u001b[2m${text}\u001b[22m` };
}

/** An own key may hold any printable ASCII. */
function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
