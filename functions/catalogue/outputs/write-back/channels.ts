/** Shops whose import is known by its columns. */
export const writeBackChannels = [
  "shopify",
  "shopify_legacy",
  "woocommerce",
  "google",
  "magento",
  "prestashop",
] as const;

export type Channel = (typeof writeBackChannels)[number];
