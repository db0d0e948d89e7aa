const shown: ReadonlySet<string> = new Set(["image/png", "image/jpeg", "image/webp", "image/avif", "image/gif"]);

/**
 * Whether a browser shows a file of this type as an image and runs nothing in it. All others are sent as attachments.
 */
export function isShownImage(contentType: string): boolean {
  return shown.has(contentType.split(";")[0]!.trim().toLowerCase());
}
