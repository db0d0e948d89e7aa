import { galleryText } from "../messages.ts";

const mostCharacters = 100;

/** A prompt as the name of its image; one that is empty has a name too. */
export function shortPrompt(prompt: string): string {
  const text = prompt.trim();
  if (text === "") return galleryText("noPrompt");
  const characters = [...text.slice(0, mostCharacters * 2)];
  return characters.length <= mostCharacters ? text : `${characters.slice(0, mostCharacters - 1).join("")}…`;
}
