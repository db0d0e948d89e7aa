/**
 * Puts a layer under what it belongs to and inside the window, above it where there is no room below.
 * @param align - the sides that are in line
 */
export function placeUnder(layer: HTMLElement, owner: HTMLElement, align: "start" | "end"): void {
  const at = owner.getBoundingClientRect();
  const { width, height } = layer.getBoundingClientRect();
  const below = at.bottom + 4 + height <= innerHeight;
  const left = align === "start" ? at.left : at.right - width;
  layer.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
  layer.style.top = `${below ? at.bottom + 4 : Math.max(8, at.top - 4 - height)}px`;
}
