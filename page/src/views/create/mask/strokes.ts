/** Marks of a mask, in pixels of the image, in the order in which they were made. */
export type MaskAction =
  | {
      readonly kind: "stroke";
      readonly erase: boolean;
      /** Diameter. */
      readonly size: number;
      /** x and y in turn, from the first point to the last. */
      readonly points: readonly number[];
    }
  | { readonly kind: "fill" | "clear" | "invert" }
  | { readonly kind: "image"; readonly image: ImageBitmap };

/** What was done, and what was undone: both survive the closing of the dialog, for each image. */
export interface MaskHistory {
  readonly done: readonly MaskAction[];
  readonly undone: readonly MaskAction[];
}

export const emptyHistory: MaskHistory = { done: [], undone: [] };

export function act({ done }: MaskHistory, action: MaskAction): MaskHistory {
  return { done: [...done, action], undone: [] };
}

export function undo({ done, undone }: MaskHistory): MaskHistory {
  const last = done.at(-1);
  return last === undefined ? { done, undone } : { done: done.slice(0, -1), undone: [...undone, last] };
}

export function redo({ done, undone }: MaskHistory): MaskHistory {
  const next = undone.at(-1);
  return next === undefined ? { done, undone } : { done: [...done, next], undone: undone.slice(0, -1) };
}

/** Draws one action: marked pixels are opaque white, others transparent. */
export function paint(context: CanvasRenderingContext2D, action: MaskAction): void {
  const { width, height } = context.canvas;
  context.save();
  context.fillStyle = "#fff";
  switch (action.kind) {
    case "stroke":
      paintStroke(context, action);
      break;
    case "fill":
      context.fillRect(0, 0, width, height);
      break;
    case "clear":
      context.clearRect(0, 0, width, height);
      break;
    case "invert":
      context.globalCompositeOperation = "source-out";
      context.fillRect(0, 0, width, height);
      break;
    case "image":
      context.drawImage(action.image, 0, 0, width, height);
  }
  context.restore();
}

function paintStroke(
  context: CanvasRenderingContext2D,
  { erase, size, points }: Extract<MaskAction, { kind: "stroke" }>,
): void {
  context.globalCompositeOperation = erase ? "destination-out" : "source-over";
  context.strokeStyle = "#fff";
  context.lineWidth = size;
  context.lineCap = "round";
  context.lineJoin = "round";
  const [x = 0, y = 0] = points;
  context.beginPath();
  context.moveTo(x, y);
  // A press without a move is a dot.
  if (points.length === 2) context.lineTo(x + 0.01, y);
  for (let at = 2; at + 1 < points.length; at += 2) {
    const [nextX = points[at]!, nextY = points[at + 1]!] = points.slice(at + 2, at + 4);
    // Through the middle between two points, which leaves no corner at them.
    context.quadraticCurveTo(points[at]!, points[at + 1]!, (points[at]! + nextX) / 2, (points[at + 1]! + nextY) / 2);
  }
  context.stroke();
}
