import { chooseAll, isChoosing, toggleChosen } from "../chosen/chosen.ts";
import { type GridLayout, indexAfterKey } from "./grid-layout.ts";
import type { ImageGridProps } from "./image-grid-props.ts";
import { imageAt } from "./image-list.ts";

/** The place of the cell that an event comes from. */
export function indexOfTarget(target: EventTarget | null): number | undefined {
  const cell = target instanceof Element ? target.closest<HTMLElement>("[data-index]") : null;
  return cell === null ? undefined : Number(cell.dataset.index);
}

/** Where a range of choices begins: the image chosen last. */
let anchor: number | undefined;

function choose({ list }: ImageGridProps, index: number, isRange: boolean): void {
  const image = imageAt(list.sections.peek(), index);
  if (image === undefined) return;
  if (isRange && anchor !== undefined) {
    const [from, to] = anchor < index ? [anchor, index] : [index, anchor];
    void list.load(from, to + 1).then(chooseAll);
    return;
  }
  toggleChosen(image);
  anchor = index;
}

/** A press on an image opens it, on its mark or while images are chosen chooses it; with Shift a range. */
export function onGridClick(event: MouseEvent, props: ImageGridProps, setActive: (index: number) => void): void {
  const index = indexOfTarget(event.target);
  if (index === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  const isCheck = event.target instanceof Element && event.target.closest("button") !== null;
  event.preventDefault();
  event.stopPropagation();
  setActive(index);
  if (isCheck || isChoosing.peek() || event.shiftKey) {
    choose(props, index, event.shiftKey);
    return;
  }
  const image = imageAt(props.list.sections.peek(), index);
  if (image) props.onOpen(image.id);
}

/** Keys of the image in focus. */
export function onGridKey(
  event: KeyboardEvent,
  props: ImageGridProps,
  layout: GridLayout,
  focusIndex: (index: number) => void,
): void {
  const index = indexOfTarget(event.target);
  if (index === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  const image = imageAt(props.list.sections.peek(), index);
  const to = indexAfterKey(layout, index, event.key);
  if (to !== undefined) {
    if (event.shiftKey) {
      if (anchor === undefined) choose(props, index, false);
      choose(props, to, true);
    }
    focusIndex(to);
  } else if (event.key === "x" || event.key === "X") {
    choose(props, index, event.shiftKey);
  } else if (event.key === "Enter" && image !== undefined && event.target instanceof HTMLAnchorElement) {
    props.onOpen(image.id);
  } else if (event.key === "Delete" && image !== undefined) props.onDelete(image.id);
  else return;
  event.preventDefault();
}
