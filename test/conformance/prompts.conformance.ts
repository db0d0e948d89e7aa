import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Items } from "../../shared/ports/items.ts";
import { AccountPrompts, type PromptContent } from "../../shared/prompts/account-prompts.ts";

const content: PromptContent = {
  name: "sign",
  text: '招牌，写"{{文字}}"',
  settings: { steps: 8, guidance: 0.5 },
  variables: { 文字: "营业中" },
  tags: ["shop"],
};

/** The prompts of accounts over one `items` driver. */
export function promptsConformance(name: string, open: () => Promise<Items>): void {
  describe(`prompts over ${name}`, () => {
    let items: Items;
    let prompts: AccountPrompts;
    let ids = 0;
    beforeEach(async () => {
      items = await open();
      prompts = new AccountPrompts({ items, clock: { now: () => 5 }, newId: () => String(++ids).padStart(26, "0") });
    });
    afterEach(() => items.close());

    it("keeps what was written, in pages, for its account alone", async () => {
      const made = [];
      for (let i = 0; i < 5; i++) made.unshift(await prompts.add("acc_1", { ...content, tags: [`t${i % 2}`] }));
      await prompts.add("acc_2", content);
      const first = await prompts.list("acc_1", { limit: 3 });
      const second = await prompts.list("acc_1", { limit: 3, cursor: first.cursor });
      expect([...first.prompts, ...second.prompts]).toEqual(made);
      expect(second.cursor).toBeUndefined();
      const tagged = await prompts.list("acc_1", { limit: 3, tag: "t1" });
      expect(tagged.prompts.map(({ id }) => id)).toEqual([made[1]?.id, made[3]?.id]);
      await expect(prompts.get("acc_2", made[0]!.id)).rejects.toMatchObject({ code: "prompt_not_found" });
    });

    it("loses no change of one moment", async () => {
      const { id } = await prompts.add("acc_1", content);
      const add = (tag: string) => prompts.update("acc_1", id, (now) => ({ ...now, tags: [...now.tags, tag] }));
      await Promise.all(["a", "b", "c"].map(add));
      expect([...(await prompts.get("acc_1", id)).tags].sort()).toEqual(["a", "b", "c", "shop"]);
    });

    it("gives the room of a deleted one back, once", async () => {
      const { id } = await prompts.add("acc_1", content);
      const free = async () => Number((await items.get({ pk: "ROOM#acc_1", sk: "prompts" }))?.data.free);
      const before = await free();
      const outcomes = await Promise.allSettled([1, 2, 3].map(() => prompts.remove("acc_1", id)));
      expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      expect(await free()).toBe(before + 1);
      await expect(prompts.update("acc_1", id, (now) => now)).rejects.toMatchObject({ code: "prompt_not_found" });
    });
  });
}
