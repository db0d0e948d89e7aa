import { describe, expect, it } from "vitest";
import { type ConfirmOptions, confirmChanges } from "./confirm-changes.ts";

const imageForgotten = [{ key: "workerImage", from: "z-image-worker:v1", to: "" }];

async function confirm(options: Partial<ConfirmOptions>, reply = "") {
  const written: string[] = [];
  const questions: string[] = [];
  const goesOn = await confirmChanges({
    changes: imageForgotten,
    stack: "ZImage-dev",
    isFirst: false,
    yes: false,
    isTerminal: true,
    write: (text) => written.push(text),
    ask: async (question) => {
      questions.push(question);
      return reply;
    },
    ...options,
  });
  return { goesOn, questions, written: written.join("") };
}

describe("confirmChanges", () => {
  it("shows what changes and what that means, and goes on with y alone", async () => {
    const { goesOn, written, questions } = await confirm({}, "y");
    expect(goesOn).toBe(true);
    expect(written).toContain("workerImage: z-image-worker:v1 → none\n      all workers stop, and jobs wait\n");
    expect(questions).toHaveLength(1);
    expect((await confirm({}, "")).goesOn).toBe(false);
    expect((await confirm({}, "no")).goesOn).toBe(false);
  });

  it("shows the changes and asks nothing with --yes", async () => {
    const { goesOn, written, questions } = await confirm({ yes: true });
    expect([goesOn, questions]).toEqual([true, []]);
    expect(written).toContain("workerImage");
  });

  it("asks nothing where nothing changes, and at the first deployment", async () => {
    expect(await confirm({ changes: [] })).toMatchObject({ goesOn: true, questions: [] });
    expect(await confirm({ isFirst: true })).toMatchObject({ goesOn: true, questions: [] });
  });

  it("refuses to change settings unasked where there is no terminal", async () => {
    await expect(confirm({ isTerminal: false })).rejects.toThrow("give --yes");
    expect((await confirm({ isTerminal: false, changes: [] })).goesOn).toBe(true);
  });
});
