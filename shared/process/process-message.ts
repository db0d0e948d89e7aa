/** A message from a child process to its parent, over their IPC channel. */
export type ProcessMessage =
  | { readonly type: "ready" }
  /** Starting again would fail in the same way. */
  | { readonly type: "unusable"; readonly message: string };
