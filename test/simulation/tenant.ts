export interface Tenant {
  readonly accountId: string;
  readonly key: string;
  readonly endpoints: readonly { readonly url: string; readonly events: readonly string[] }[];
  /** Its jobs' own webhooks go there. */
  readonly ownUrl: string;
}
