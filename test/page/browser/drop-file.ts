import type { Page } from "playwright-core";

/** Holds a file over the page, and lets it go. @param events - one of them alone, to look at the page between */
export async function dropFile(
  page: Page,
  { name, type, bytes }: { readonly name: string; readonly type: string; readonly bytes: Uint8Array },
  events: readonly ("dragover" | "drop")[] = ["dragover", "drop"],
): Promise<void> {
  const given = { name, type, events, base64: Buffer.from(bytes).toString("base64") };
  await page.evaluate(({ name, type, events, base64 }) => {
    const dataTransfer = new DataTransfer();
    const content = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    dataTransfer.items.add(new File([content], name, { type }));
    for (const event of events) {
      document.body.dispatchEvent(new DragEvent(event, { dataTransfer, bubbles: true, cancelable: true }));
    }
  }, given);
}
