import { runsText } from "../messages.ts";

const known = {
  sku_missing: "x_sku_missing",
  sku_invalid: "x_sku_invalid",
  sku_scientific: "x_sku_scientific",
  sku_precision_lost: "x_sku_precision_lost",
  duplicate_sku: "x_duplicate_sku",
  photo_missing: "x_photo_missing",
  template_value_missing: "x_template_value_missing",
  picture_url_forbidden: "x_picture_url_forbidden",
  picture_unreachable: "x_picture_unreachable",
  picture_host_down: "x_picture_host_down",
  picture_status: "x_picture_status",
  picture_is_a_page: "x_picture_is_a_page",
  picture_too_large: "x_picture_too_large",
  picture_not_found_by_name: "x_picture_not_found_by_name",
  picture_name_ambiguous: "x_picture_name_ambiguous",
  picture_missing_in_file: "x_picture_missing_in_file",
  invalid_picture: "x_invalid_picture",
  no_cutout: "x_no_cutout",
  product_changed: "x_product_changed",
  out_of_memory: "x_out_of_memory",
  engine_failed: "x_engine_failed",
  worker_lost: "x_worker_lost",
  content_policy: "x_content_policy",
} as const;

/** A reason in the reader's language; the server's own words for one that is not known here. */
export function failureText(code: string, message: string): string {
  if (!Object.hasOwn(known, code)) return runsText("x_other", { message });
  return runsText(known[code as keyof typeof known]);
}
