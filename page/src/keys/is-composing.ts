let composedAt = Number.NEGATIVE_INFINITY;
addEventListener("compositionend", (event) => (composedAt = event.timeStamp), true);

/**
 * Whether a key belongs to an input method: Enter that takes a Chinese word must not submit. Safari sends its keydown
 * after `compositionend`, so 50 ms count as well.
 */
export function isComposing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229 || event.timeStamp - composedAt < 50;
}
