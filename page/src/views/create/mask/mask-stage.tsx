import { useEffect, useRef, useState } from "preact/hooks";
import { createText } from "../messages.ts";
import type { MaskCanvas } from "./mask-canvas.ts";
import styles from "./mask-dialog.module.css";
import type { MaskTool } from "./mask-tools.tsx";
import { type MaskAction, type MaskHistory, paint } from "./strokes.ts";

const tint = "rgb(39 87 214 / 0.42)";
const maxZoom = 8;

/**
 * The image with its mask over it. A pointer paints and is followed outside too; the wheel or two fingers zoom; Space
 * held moves the view.
 */
export function MaskStage({
  image,
  mask,
  history,
  tool,
  onStroke,
}: {
  readonly image: string;
  readonly mask: MaskCanvas;
  readonly history: MaskHistory;
  readonly tool: MaskTool;
  readonly onStroke: (action: MaskAction) => void;
}) {
  const shown = useRef<HTMLCanvasElement>(null);
  const points = useRef<number[]>([]);
  const view = useRef<HTMLDivElement>(null);
  const fingers = useRef(new Map<number, PointerEvent>());
  const isSpaceHeld = useSpaceHeld();
  const [zoom, setZoom] = useState(1);
  const { width, height } = mask.canvas;

  const redraw = () => {
    const context = shown.current?.getContext("2d");
    if (context) showMask(context, mask, currentStroke());
  };
  const currentStroke = (): MaskAction | undefined =>
    points.current.length === 0 ? undefined : { kind: "stroke", ...tool, points: points.current };
  useEffect(redraw, [history, mask]);

  const add = (event: PointerEvent) => {
    const box = shown.current!.getBoundingClientRect();
    const events = event.getCoalescedEvents?.() ?? [];
    for (const { clientX, clientY } of events.length > 0 ? events : [event]) {
      points.current.push(((clientX - box.left) / box.width) * width, ((clientY - box.top) / box.height) * height);
    }
    redraw();
  };
  const onDown = (event: PointerEvent) => {
    if (event.button !== 0) return;
    event.preventDefault();
    shown.current?.setPointerCapture(event.pointerId);
    fingers.current.set(event.pointerId, event);
    points.current = [];
    // A second finger means the view, not a stroke.
    if (fingers.current.size === 1 && !isSpaceHeld.current) add(event);
    else redraw();
  };
  const onMove = (event: PointerEvent) => {
    const before = fingers.current.get(event.pointerId);
    if (before === undefined) return;
    const [other] = [...fingers.current.values()].filter(({ pointerId }) => pointerId !== event.pointerId);
    fingers.current.set(event.pointerId, event);
    if (other !== undefined) {
      const distance = (at: PointerEvent) => Math.hypot(at.clientX - other.clientX, at.clientY - other.clientY);
      zoomBy(distance(event) / Math.max(1, distance(before)));
    }
    if (other !== undefined || isSpaceHeld.current) {
      view.current?.scrollBy(before.clientX - event.clientX, before.clientY - event.clientY);
    } else if (points.current.length > 0) add(event);
  };
  const onUp = (event: PointerEvent) => {
    fingers.current.delete(event.pointerId);
    const stroke = currentStroke();
    points.current = [];
    if (stroke) onStroke(stroke);
  };
  const zoomBy = (factor: number) => setZoom((before) => Math.min(maxZoom, Math.max(1, before * factor)));
  return (
    <div
      ref={view}
      class={styles.view}
      onWheel={(event) => {
        event.preventDefault();
        zoomBy(Math.exp(-event.deltaY / 400));
      }}
    >
      <div
        class={styles.picture}
        style={{ aspectRatio: `${width} / ${height}`, "--ratio": width / height, "--zoom": zoom }}
      >
        <img src={image} alt="" />
        <canvas
          ref={shown}
          width={width}
          height={height}
          role="img"
          aria-label={createText("maskTitle")}
          onPointerDown={onDown}
          onPointerMove={onMove}
          onPointerUp={onUp}
          onPointerCancel={onUp}
        />
      </div>
    </div>
  );
}

/** Tinted, with an outline of white and blue that shows on any image. */
function showMask(context: CanvasRenderingContext2D, mask: MaskCanvas, stroke: MaskAction | undefined): void {
  const { width, height } = context.canvas;
  context.clearRect(0, 0, width, height);
  context.drawImage(mask.canvas, 0, 0);
  if (stroke) paint(context, stroke);
  context.globalCompositeOperation = "source-in";
  context.fillStyle = tint;
  context.fillRect(0, 0, width, height);
  context.globalCompositeOperation = "source-over";
}

function useSpaceHeld() {
  const held = useRef(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      // Space in the text, or on a button, is theirs.
      if (event.key !== " " || (event.target instanceof HTMLElement && event.target.matches("input, button"))) return;
      event.preventDefault();
      held.current = event.type === "keydown";
    };
    addEventListener("keydown", onKey);
    addEventListener("keyup", onKey);
    return () => {
      removeEventListener("keydown", onKey);
      removeEventListener("keyup", onKey);
    };
  }, []);
  return held;
}
