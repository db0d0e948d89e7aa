import { useEffect, useState } from "preact/hooks";

/** Milliseconds since the epoch, a new value each second while `ticks`: for what counts down. */
export function useNow(ticks: boolean): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (!ticks) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [ticks]);
  return now;
}
