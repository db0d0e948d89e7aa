import { Dialog, type DialogProps } from "./dialog.tsx";

/** Details beside the page; from below on a phone. */
export function Sheet(props: Omit<DialogProps, "look" | "mustDecide">) {
  return <Dialog {...props} look="sheet" />;
}
