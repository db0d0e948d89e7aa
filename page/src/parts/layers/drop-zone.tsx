import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import styles from "./drop-zone.module.css";

/**
 * The whole page takes a file that is dropped or pasted. What is dragged from the page itself is no file, though
 * browsers call it one.
 */
export function DropZone({
  text,
  onFile,
  children,
}: {
  /** Said while a file is held over the page. */
  readonly text: string;
  readonly onFile: (file: File) => void;
  readonly children: ComponentChildren;
}) {
  const [over, setOver] = useState(false);
  const latest = useRef(onFile);
  latest.current = onFile;
  useEffect(() => {
    let isOwn = false;
    const hasFiles = (event: DragEvent) => !isOwn && (event.dataTransfer?.types.includes("Files") ?? false);
    const listeners = {
      dragstart: () => (isOwn = true),
      dragend: () => (isOwn = false),
      dragover: (event: DragEvent) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setOver(true);
      },
      dragleave: (event: DragEvent) => {
        // Left the window, not only an element in it.
        if (event.relatedTarget === null) setOver(false);
      },
      drop: (event: DragEvent) => {
        setOver(false);
        const [file] = event.dataTransfer?.files ?? [];
        if (file === undefined || isOwn) return;
        event.preventDefault();
        latest.current(file);
      },
    };
    const onPaste = (event: ClipboardEvent) => {
      const [file] = event.clipboardData?.files ?? [];
      // A word processor gives an image of the text beside the text.
      if (file === undefined || event.clipboardData?.types.includes("text/plain")) return;
      event.preventDefault();
      latest.current(file);
    };
    const all = Object.entries(listeners) as [keyof typeof listeners, (event: DragEvent) => void][];
    for (const [name, listener] of all) addEventListener(name, listener);
    addEventListener("paste", onPaste);
    return () => {
      for (const [name, listener] of all) removeEventListener(name, listener);
      removeEventListener("paste", onPaste);
    };
  }, []);
  return (
    <>
      {children}
      {over && <div class={styles.over}>{text}</div>}
    </>
  );
}
