import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { expect, it } from "vitest";
import { openEmbeddedItems } from "../../../shared/embedded/items.ts";
import { AccountBlockLists } from "../../../shared/moderation/account-block-lists.ts";
import { phrasesOf } from "../../../shared/moderation/block-list.ts";
import { defaultModeration, readModeration } from "../../../shared/moderation/moderation-settings.ts";
import { fastClock } from "../../../test/support/fast-clock.ts";
import { Moderator } from "./moderator.ts";

const clock = fastClock();
const dead = "http://127.0.0.1:9/v1/moderations";

function moderatorWith(rules: object) {
  const logged: string[] = [];
  const items = openEmbeddedItems(":memory:", { clock });
  const moderation = readModeration({ MODERATION: JSON.stringify(rules) });
  const log = (_level: string, message: string) => logged.push(message);
  return { moderator: new Moderator({ items, clock, log, moderation }), items, logged };
}

it("refuses by the deployment's list and the account's, and names the category alone", async () => {
  const { moderator, items } = moderatorWith({ blockList: [{ category: "violence", phrases: ["bad word"] }] });
  const lists = new AccountBlockLists({ items, clock });
  await lists.put("a", [{ category: "blocked", phrases: ["red cup"] }]);
  const refused = moderator.assertAllowed("b", "a B-A-D word").catch((error: Error) => error);
  expect(await refused).toMatchObject({ code: "content_policy", param: "prompt", retryable: false });
  expect(String(await refused)).toContain("(violence)");
  expect(String(await refused)).not.toMatch(/bad word/i);
  await expect(moderator.assertAllowed("a", "a red cup")).rejects.toMatchObject({ code: "content_policy" });
  await expect(moderator.assertAllowed("b", "a red cup")).resolves.toBeUndefined();
});

it("obeys an account's changed list ten seconds later at the latest", async () => {
  const { moderator, items } = moderatorWith({});
  const lists = new AccountBlockLists({ items, clock });
  await expect(moderator.assertAllowed("a", "a red cup")).resolves.toBeUndefined();
  await lists.put("a", [{ category: "blocked", phrases: ["red cup"] }]);
  await clock.sleep(10_001);
  await expect(moderator.assertAllowed("a", "a red cup")).rejects.toMatchObject({ code: "content_policy" });
  await lists.put("a", []);
  await clock.sleep(10_001);
  await expect(moderator.assertAllowed("a", "a red cup")).resolves.toBeUndefined();
});

it("lets pass or refuses what a dead service does not judge, as the deployer says", async () => {
  const closed = moderatorWith({ text: { url: dead } });
  await expect(closed.moderator.assertAllowed("a", "a cat")).rejects.toMatchObject({
    code: "moderation_unavailable",
    retryable: true,
    retryAfterS: 5,
  });
  const open = moderatorWith({ text: { url: dead, onFailure: "allow" } });
  expect(await open.moderator.assertAllowed("a", "a cat")).toBe("unjudged");
  for (const { logged } of [closed, open]) expect(logged).toEqual(["no verdict of the moderation service"]);
});

it("judges images that a request brings by the images' service, and names their field", async () => {
  const verdicts = [true, false];
  const asked: unknown[] = [];
  const server = createServer(async (request, response) => {
    asked.push(JSON.parse(await text(request)));
    const flagged = verdicts.shift()!;
    response.end(JSON.stringify({ results: [{ flagged, categories: { sexual: flagged } }] }));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/moderations`;
  const image = { bytes: Uint8Array.of(1, 2, 3), format: "png" } as const;
  try {
    const { moderator } = moderatorWith({ image: { url } });
    const refused = moderator.assertImageAllowed(image, "references.1");
    await expect(refused).rejects.toMatchObject({ code: "content_policy", param: "references.1", retryable: false });
    expect(await moderator.assertImageAllowed(image, "image")).toBe("service");
    expect(asked[0]).toEqual({ input: [{ type: "image_url", image_url: { url: "data:image/png;base64,AQID" } }] });
  } finally {
    server.close();
  }
  const closed = moderatorWith({ image: { url: dead } });
  await expect(closed.moderator.assertImageAllowed(image, "image")).rejects.toMatchObject({
    code: "moderation_unavailable",
  });
  const open = moderatorWith({ image: { url: dead, onFailure: "allow" } });
  expect(await open.moderator.assertImageAllowed(image, "image")).toBe("unjudged");
  expect(await moderatorWith({}).moderator.assertImageAllowed(image, "image")).toBeUndefined();
});

it("does not ask the service about what a list refuses, or about nothing", async () => {
  const { moderator, logged } = moderatorWith({ text: { url: dead }, blockList: [{ phrases: ["bad word"] }] });
  await expect(moderator.assertAllowed("a", "bad word")).rejects.toMatchObject({ code: "content_policy" });
  await expect(moderator.assertAllowed("a", "  ")).resolves.toBeUndefined();
  expect(logged).toEqual([]);
});

it("takes well below 100 ms for the longest prompt and the longest lists", async () => {
  const phrases = Array.from({ length: 950 }, (_, i) => `some words ${i} of the list that are long enough`);
  const { moderator, items } = moderatorWith({ builtIn: false, blockList: [{ phrases }] });
  await new AccountBlockLists({ items, clock }).put("a", [{ category: "blocked", phrases }]);
  const prompt = "some words 949 of the list ".repeat(400).slice(0, 10_000);
  await moderator.assertAllowed("a", prompt);
  const started = performance.now();
  await moderator.assertAllowed("a", prompt);
  expect(performance.now() - started).toBeLessThan(100);
});

it("finds nothing in ordinary prompts", async () => {
  const { moderator } = moderatorWith({ people: true, brands: true });
  expect(phrasesOf(defaultModeration.blockList).length).toBeGreaterThan(10);
  for (const prompt of [
    "a child playing in a park, wide angle, 35 mm",
    "一个儿童在公园里玩耍，色彩鲜艳",
    "a naked mole rat and a nude lipstick on a marble table",
    "a minor chord, sheet music",
    "Adult woman in a red coat, portrait, f/1.8",
    "国潮插画，未成年的小树苗",
  ]) {
    await expect(moderator.assertAllowed("a", prompt)).resolves.toBeUndefined();
  }
});
