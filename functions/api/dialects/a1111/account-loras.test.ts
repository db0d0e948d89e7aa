import { expect, it } from "vitest";
import { publishWorkerModel } from "../../../../shared/model-catalog/worker-models.ts";
import { openApi, turbo } from "../../../../test/support/api/api-under-test.ts";
import { listLoras, resolveNames } from "./account-loras.ts";

const known = [
  { id: "adp_1", name: "ink" },
  { id: "styles/ink", name: "ink" },
  { id: "styles/wash.safetensors", name: "wash" },
];

it("finds a LoRA by its id before its name, and keeps the weights", () => {
  expect(
    resolveNames(
      [
        { name: "styles/ink", scale: 0.5 },
        { name: "wash", scale: 2 },
      ],
      known,
    ),
  ).toEqual([
    { id: "styles/ink", scale: 0.5 },
    { id: "styles/wash.safetensors", scale: 2 },
  ]);
});

it("finds a name without folders and ending; of two that share it, the first", () => {
  expect(resolveNames([{ name: "other/ink.SAFETENSORS", scale: 1 }], known)).toEqual([{ id: "adp_1", scale: 1 }]);
});

it.each([
  ["the names that there are", known, "ink, ink, wash"],
  ["that there are none", [], "there are none here"],
])("refuses an unknown name, and says %s", (_, loras, remedy) => {
  expect(() => resolveNames([{ name: "nobody", scale: 1 }], loras)).toThrow(
    expect.objectContaining({
      param: "prompt",
      code: "adapter_not_found",
      message: expect.stringMatching(`"nobody".*${remedy}`),
    }),
  );
});

it("lists what the workers published under the names of the files", async () => {
  const api = await openApi();
  try {
    expect(await listLoras(api.account.id, api.dependencies)).toEqual([]);
    const adapters = { loras: [{ id: "styles/ink" }] };
    await publishWorkerModel(api.items, "w1", { id: turbo.id, adapters }, api.clock.now());
    expect(await listLoras(api.account.id, api.dependencies)).toEqual([{ id: "styles/ink", name: "ink" }]);
  } finally {
    await api.close();
  }
});
