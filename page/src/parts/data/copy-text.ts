import { commonText } from "../../text/common.ts";
import { toast } from "../layers/toasts.ts";

/**
 * Copies a text and says so. Over plain http on a LAN address `navigator.clipboard` is missing: there a selected
 * textarea is copied, as browsers did before.
 * @returns whether it was copied
 */
export async function copyText(text: string): Promise<boolean> {
  const copied = await copy(text);
  toast(commonText(copied ? "copied" : "copyFailed"));
  return copied;
}

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "unseen";
    // Inside an open dialog everything else is inert.
    (document.querySelector("dialog[open]") ?? document.body).append(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    return copied;
  }
}
