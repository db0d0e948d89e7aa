import { randomBytes } from "node:crypto";
import { type Items, ItemsConditionFailed } from "../ports/items.ts";

const address = { pk: "SECRET#links", sk: "META" };

/**
 * The secret that signs result links. It is made on first use and kept in the table beside the accounts' webhook
 * secrets, so every function shares it without configuration. Deleting the item invalidates all existing links.
 */
export async function ensureLinkSecret(items: Items): Promise<string> {
  for (;;) {
    const secret = (await items.get(address))?.data.secret;
    if (typeof secret === "string") return secret;
    try {
      const made = randomBytes(32).toString("hex");
      await items.write([{ put: { ...address, data: { secret: made } }, if: { absent: true } }]);
      return made;
    } catch (error) {
      // Another function made it at the same moment: that one counts.
      if (!(error instanceof ItemsConditionFailed)) throw error;
    }
  }
}
