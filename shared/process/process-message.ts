/** What a process tells the one that started it, over their channel. */
export type ProcessMessage =
  | { readonly type: "ready" }
  /** Starting again would fail in the same way. */
  | { readonly type: "unusable"; readonly message: string };
