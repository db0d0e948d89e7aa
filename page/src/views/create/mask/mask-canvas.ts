import { emptyHistory, type MaskHistory, paint } from "./strokes.ts";

const snapshotEvery = 20;

/**
 * A mask as pixels, kept in step with its history. Undo paints again from the last snapshot, of which there is one
 * every twenty actions.
 */
export class MaskCanvas {
  readonly canvas = document.createElement("canvas");
  readonly #context: CanvasRenderingContext2D;
  #shown: MaskHistory["done"] = [];
  readonly #snapshots: { readonly count: number; readonly pixels: ImageData }[] = [];

  constructor(width: number, height: number) {
    [this.canvas.width, this.canvas.height] = [width, height];
    this.#context = this.canvas.getContext("2d", { willReadFrequently: true })!;
  }

  show({ done }: MaskHistory = emptyHistory): void {
    const isContinued = this.#shown.every((action, index) => done[index] === action);
    let from = this.#shown.length;
    if (!isContinued || done.length < from) {
      while (this.#snapshots.length > 0 && this.#snapshots.at(-1)!.count > done.length) this.#snapshots.pop();
      if (!isContinued && done.length >= from) this.#snapshots.length = 0;
      const snapshot = this.#snapshots.at(-1);
      from = snapshot?.count ?? 0;
      this.#context.clearRect(0, 0, this.canvas.width, this.canvas.height);
      if (snapshot) this.#context.putImageData(snapshot.pixels, 0, 0);
    }
    for (let index = from; index < done.length; index++) {
      paint(this.#context, done[index]!);
      if ((index + 1) % snapshotEvery === 0) this.#snapshots.push({ count: index + 1, pixels: this.#pixels() });
    }
    this.#shown = done;
  }

  /** Share of the image that is marked, 0 to 1. */
  markedShare(): number {
    const { data } = this.#pixels();
    let marked = 0;
    for (let at = 3; at < data.length; at += 4) if (data[at]! > 127) marked++;
    return marked / (data.length / 4);
  }

  /** White where marked, black elsewhere. */
  toFile(): Promise<Blob> {
    const { width, height } = this.canvas;
    const file = document.createElement("canvas");
    [file.width, file.height] = [width, height];
    const context = file.getContext("2d")!;
    context.fillStyle = "#000";
    context.fillRect(0, 0, width, height);
    context.drawImage(this.canvas, 0, 0);
    return new Promise((resolve, reject) => {
      file.toBlob(
        (blob) => (blob === null ? reject(new Error("the mask could not be made")) : resolve(blob)),
        "image/png",
      );
    });
  }

  #pixels(): ImageData {
    return this.#context.getImageData(0, 0, this.canvas.width, this.canvas.height);
  }
}
