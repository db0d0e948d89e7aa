/** Tag of the orientation. @see Exif 2.32, 4.6.4 A */
const orientationTag = 0x0112;
/** Cameras write some twenty; a file may claim 65,535. */
const maxEntries = 100;

/**
 * Whether a reader turns the image by a quarter, so that its stored sides change places: orientations 5 to 8.
 * @param at - where the TIFF header is
 * @returns false also for what cannot be read, as readers of images take it
 */
export function isTurnedByExif(view: DataView, at: number): boolean {
  try {
    const order = view.getUint16(at);
    if (order !== 0x4949 && order !== 0x4d4d) return false;
    const little = order === 0x4949;
    const directory = at + view.getUint32(at + 4, little);
    const entries = Math.min(view.getUint16(directory, little), maxEntries);
    for (let i = 0; i < entries; i++) {
      const entry = directory + 2 + 12 * i;
      if (view.getUint16(entry, little) !== orientationTag) continue;
      const orientation = view.getUint16(entry + 8, little);
      return orientation >= 5 && orientation <= 8;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // the file ends within it
  }
  return false;
}
