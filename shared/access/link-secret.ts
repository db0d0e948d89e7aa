import { randomBytes } from "node:crypto";
import { type Items, ItemsConditionFailed } from "../ports/items.ts";

const address = { pk: "SECRET#links", sk: "META" };

/**
 * What result links are signed with, made on first use and kept in the table beside the accounts' webhook secrets, so
 * that every function signs alike and nobody has to hand a secret around. Deleting the item ends the life of all links
 * given out.
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
