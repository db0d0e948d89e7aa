/** What libvips puts before a comment, and what a text beyond ASCII needs there. */
const asciiCode = "ASCII\0\0\0";
const unicodeCode = "UNICODE\0";

/**
 * EXIF's UserComment, in which JPEG, WebP and AVIF carry the parameters of an image. libvips writes it in ASCII alone,
 * and nothing but it adds one to an AVIF: so it writes a placeholder of the right length, which is then filled with
 * UTF-16, big-endian, as the readers of these parameters expect.
 * @see Exif 2.32, 4.6.5 UserComment
 */
export function userComment(text: string) {
  const content = Buffer.from(text, "utf16le").swap16();
  const placeholder = "?z-image".repeat(Math.ceil(content.length / 8)).slice(0, content.length);
  return {
    placeholder,
    /**
     * Puts the text where the placeholder is.
     * @param file - is changed
     * @throws Error when the placeholder is not there
     */
    fill(file: Buffer): Buffer {
      const at = file.indexOf(asciiCode + placeholder, 0, "latin1");
      if (at < 0) throw new Error("the encoded image has no EXIF comment to fill");
      file.write(unicodeCode, at, "latin1");
      content.copy(file, at + unicodeCode.length);
      return file;
    },
  };
}
