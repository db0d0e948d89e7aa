import { expect, it } from "vitest";
import { fuzzApi } from "../../../test/support/fuzz/fuzz-api.ts";

// `npm run test:clients` sends twenty times as many.
it("answers as its document says, to right and to wrong requests", async () => {
  const { findings } = await fuzzApi({ seed: 20_261_124, requests: 300 });
  expect(findings).toEqual([]);
});
