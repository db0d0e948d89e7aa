import type { CatalogueLimits } from "../limits.ts";
import { CatalogueError } from "../problems/catalogue-problem.ts";
import { cellTooLarge } from "../text/quoted-cells.ts";

/** A JSON object of the file as text. */
interface JsonText {
  /** On which it begins, from 1. */
  readonly line: number;
  readonly text: string;
}

/** Far more than any product has; what is read further on may use the stack for each level. */
const maxLevels = 200;
const quote = 34;
const backslash = 92;
const open = new Set([123, 91]); // { [
const close = new Set([125, 93]); // } ]

/**
 * Cuts a JSON text that arrives in pieces into the objects that lie `depth` brackets deep: 0 for objects one after
 * another (JSON Lines, pretty-printed or not), 1 for an array of them, 2 for an array within an object. Looks at each
 * character once; holds one object.
 */
export class JsonSplitter {
  readonly #depth: number;
  readonly #limits: CatalogueLimits;
  #level = 0;
  #isString = false;
  #isEscaped = false;
  #line = 1;
  #began = { line: 0, pieces: [] as string[], characters: 0 };
  #isInside = false;

  constructor(depth: number, limits: CatalogueLimits) {
    this.#depth = depth;
    this.#limits = limits;
  }

  /** Whether every bracket and string that was opened is closed. */
  get isComplete(): boolean {
    return this.#level === 0 && !this.#isString;
  }

  /**
   * @throws CatalogueError `cell_too_large` for an object beyond what a record may hold, `file_damaged` for one that is
   * nested too deeply
   */
  *push(piece: string): Generator<JsonText, void> {
    let start = 0;
    for (let index = 0; index < piece.length; index++) {
      const code = piece.charCodeAt(index);
      if (code === 10) this.#line++;
      if (this.#isString) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (code === backslash) this.#isEscaped = true;
        else if (code === quote) this.#isString = false;
        continue;
      }
      if (code === quote) this.#isString = true;
      else if (open.has(code)) {
        if (this.#level === this.#depth && code === 123) {
          this.#isInside = true;
          this.#began = { line: this.#line, pieces: [], characters: 0 };
          start = index;
        }
        this.#level++;
        if (this.#isInside && this.#level > maxLevels) {
          const value = `line ${this.#began.line} has more than ${maxLevels} levels of brackets`;
          throw new CatalogueError("file_damaged", { value });
        }
      } else if (close.has(code)) {
        this.#level = Math.max(0, this.#level - 1);
        if (this.#isInside && this.#level === this.#depth) {
          this.#hold(piece.slice(start, index + 1));
          this.#isInside = false;
          yield { line: this.#began.line, text: this.#began.pieces.join("") };
        }
      }
    }
    if (this.#isInside) this.#hold(piece.slice(start));
  }

  #hold(text: string): void {
    this.#began.pieces.push(text);
    this.#began.characters += text.length;
    const { recordCharacters, cellCharacters } = this.#limits;
    if (this.#began.characters > recordCharacters)
      throw cellTooLarge(this.#began.line, this.#began.pieces[0]!, cellCharacters);
  }
}
