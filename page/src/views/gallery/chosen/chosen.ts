import { signal } from "@preact/signals";
import type { Image } from "../../../../../sdk/src/index.ts";

/** Images chosen for an action on all of them, by id, in the order of the choice. */
export const chosen = signal<ReadonlyMap<string, Image>>(new Map());
/** A press on an image chooses it, instead of opening it. */
export const isChoosing = signal(false);

export function toggleChosen(image: Image): void {
  const next = new Map(chosen.peek());
  if (!next.delete(image.id)) next.set(image.id, image);
  chosen.value = next;
  isChoosing.value ||= next.size > 0;
}

export function chooseAll(images: readonly Image[]): void {
  chosen.value = new Map([...chosen.peek(), ...images.map((image) => [image.id, image] as const)]);
  isChoosing.value = true;
}

export function endChoosing(): void {
  chosen.value = new Map();
  isChoosing.value = false;
}

export function forgetChosen(ids: ReadonlySet<string>): void {
  chosen.value = new Map([...chosen.peek()].filter(([id]) => !ids.has(id)));
  if (chosen.value.size === 0) isChoosing.value = false;
}
