import { useEffect, useState } from "preact/hooks";

export interface Scroll {
  readonly top: number;
  readonly height: number;
  /** So fast that images would only be fetched and decoded to be gone again. */
  readonly isFast: boolean;
}

/** Pixels per scroll event. Above it 100,000 images fell to 25 frames a second; without their images, 60. */
const fastPx = 250;
const settledMs = 120;
/** The window's position is told in these steps, so that the grid renders once a few rows. */
const stepPx = 32;

const read = () => ({ top: scrollY, height: innerHeight });

/** Where the window is scrolled to. */
export function useScroll(): Scroll {
  const [scroll, setScroll] = useState<Scroll>(() => ({ ...read(), isFast: false }));
  useEffect(() => {
    let last = scrollY;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const settle = () => setScroll({ ...read(), isFast: false });
    const onScroll = () => {
      const { top, height } = read();
      const isFast = Math.abs(top - last) > fastPx;
      last = top;
      clearTimeout(timer);
      timer = setTimeout(settle, settledMs);
      setScroll((before) =>
        before.isFast === isFast && Math.abs(before.top - top) < stepPx ? before : { top, height, isFast },
      );
    };
    const onResize = () => setScroll({ ...read(), isFast: false });
    addEventListener("scroll", onScroll, { passive: true });
    addEventListener("resize", onResize);
    return () => {
      clearTimeout(timer);
      removeEventListener("scroll", onScroll);
      removeEventListener("resize", onResize);
    };
  }, []);
  return scroll;
}
