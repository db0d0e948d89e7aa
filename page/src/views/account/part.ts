import type { OwnKey } from "../../../../sdk/src/index.ts";

/** What every part of the account is given. */
export interface PartProps {
  readonly access: OwnKey;
  /** Whether the key in use has a scope. */
  readonly may: (scope: string) => boolean;
}
