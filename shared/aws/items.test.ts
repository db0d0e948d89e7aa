import { describe, expect, it } from "vitest";
import { type ScriptedAnswer, scriptedAws } from "../../test/support/aws/aws-scripted-server.ts";
import { ItemsConditionFailed, type Write } from "../ports/items.ts";
import { openDynamoItems } from "./items.ts";

const clock = { now: () => 0, sleep: async () => {} };

function refusal(...codes: string[]): ScriptedAnswer {
  const CancellationReasons = codes.map((Code) => ({ Code }));
  return { status: 400, body: JSON.stringify({ __type: "TransactionCanceledException", CancellationReasons }) };
}

const put = (sk: string): Write => ({ put: { pk: "p", sk, data: {} }, if: { absent: true } });

async function write(writes: readonly Write[], answers: readonly ScriptedAnswer[]) {
  const { clients, seen } = await scriptedAws(answers);
  const items = openDynamoItems({ client: clients.dynamodb, table: "t", clock });
  return { outcome: await items.write(writes).catch((error: unknown) => error), seen };
}

describe("openDynamoItems", () => {
  it("tries again after a conflict with another transaction, and after throttling", async () => {
    const { outcome, seen } = await write(
      [put("a"), put("b")],
      [refusal("None", "TransactionConflict"), refusal("ThrottlingError", "None"), {}],
    );
    expect(outcome).toBeUndefined();
    expect(seen).toHaveLength(3);
    // Each try is a transaction of its own: DynamoDB remembers the response to a token.
    expect(new Set(seen.map(({ body }) => JSON.parse(body).ClientRequestToken)).size).toBe(3);
  });

  it("never tries a failed condition again, a conflict beside it or not", async () => {
    const answer = refusal("TransactionConflict", "ConditionalCheckFailed");
    const { outcome, seen } = await write([put("a"), put("b")], [answer]);
    expect(outcome).toBeInstanceOf(ItemsConditionFailed);
    expect(outcome).toMatchObject({ failed: [1] });
    expect(seen).toHaveLength(1);
  });

  it("gives up on what no further try can mend, and names the reasons", async () => {
    const { outcome } = await write([put("a"), put("b")], [refusal("None", "ItemCollectionSizeLimitExceeded")]);
    expect(String(outcome)).toContain("None, ItemCollectionSizeLimitExceeded");
  });

  it("gives up on conflicts after 30 tries", async () => {
    const answers = Array.from({ length: 31 }, () => refusal("TransactionConflict", "None"));
    const { outcome, seen } = await write([put("a"), put("b")], answers);
    expect(String(outcome)).toContain("after 30 tries: TransactionConflict");
    expect(seen).toHaveLength(30);
  });

  it("sends the same token again when an answer is lost, also for a single count", async () => {
    const add: Write = { add: { pk: "p", sk: "a" }, attribute: "n", amount: 1 };
    const { outcome, seen } = await write([add], [{ lost: true }, {}]);
    expect(outcome).toBeUndefined();
    const [first, second] = seen.map(({ body }) => JSON.parse(body).ClientRequestToken);
    expect(first).toMatch(/./);
    expect(second).toBe(first);
  });

  it("spares the transaction where a write may run twice", async () => {
    const { seen } = await write([{ put: { pk: "p", sk: "a", data: {} } }], [{}]);
    expect(seen[0]?.headers["x-amz-target"]).toBe("DynamoDB_20120810.UpdateItem");
  });
});

describe("writes apart", () => {
  const row: Write = { put: { pk: "p", sk: "row", data: {} }, apart: "before" };
  const count: Write = { add: { pk: "p", sk: "count" }, amounts: { n: 1 }, apart: "after" };
  const absent = JSON.stringify({ __type: "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException" });
  const targets = (seen: readonly { headers: { [name: string]: unknown } }[]) =>
    seen.map(({ headers }) => String(headers["x-amz-target"]).replace("DynamoDB_20120810.", ""));

  it("go before and after the transaction, alone", async () => {
    const { outcome, seen } = await write(
      [count, put("a"), row, put("b")],
      [{}, {}, { status: 400, body: absent }, {}],
    );
    expect(outcome).toBeUndefined();
    // The count's item is not there yet: it is made by a second try.
    expect(targets(seen)).toEqual(["UpdateItem", "TransactWriteItems", "UpdateItem", "UpdateItem"]);
  });

  it("leave the indexes of the conditions as they were, and count nothing that was refused", async () => {
    const answers = [{}, refusal("None", "ConditionalCheckFailed")];
    const { outcome, seen } = await write([count, put("a"), row, put("b")], answers);
    expect(outcome).toMatchObject({ failed: [3] });
    expect(targets(seen)).toEqual(["UpdateItem", "TransactWriteItems"]);
  });

  it("may be lost after it", async () => {
    const { outcome } = await write([put("a"), put("b"), count], [{}, { status: 400, body: "{}" }]);
    expect(outcome).toBeUndefined();
  });
});

describe("a put that goes alone", () => {
  const refused = (item: object): ScriptedAnswer => ({
    status: 400,
    body: JSON.stringify({ __type: "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", Item: item }),
  });
  const tokenOf = (body: string) => {
    const { UpdateExpression, ExpressionAttributeNames, ExpressionAttributeValues } = JSON.parse(body);
    const name = Object.entries(ExpressionAttributeNames).find(([, value]) => value === "w")?.[0];
    return ExpressionAttributeValues[new RegExp(`${name} = (:v\\d+)`).exec(UpdateExpression)![1]!].S;
  };

  it("knows itself when its response was lost and its condition then fails on its own success", async () => {
    const { clients, seen } = await scriptedAws([
      { lost: true },
      ({ body }) => refused({ version: { N: "1" }, w: { S: tokenOf(body) } }),
    ]);
    const items = openDynamoItems({ client: clients.dynamodb, table: "t", clock });
    await items.write([put("a")]);
    expect(seen).toHaveLength(2);
    expect(seen[0]?.headers["x-amz-target"]).toBe("DynamoDB_20120810.UpdateItem");
  });

  it("is refused when the item is another's", async () => {
    const { outcome } = await write([put("a")], [{ lost: true }, refused({ version: { N: "1" }, w: { S: "other" } })]);
    expect(outcome).toMatchObject({ failed: [0] });
    expect((await write([put("a")], [refused({ version: { N: "1" } })])).outcome).toMatchObject({ failed: [0] });
  });
});

describe("a query of an index with keys alone", () => {
  const s = (text: string) => ({ S: text });
  const entry = (sk: string) => ({ pk: s("p"), sk: s(sk), gpk: s("g"), gsk: s(sk) });
  const item = (sk: string, gpk = "g") => ({ ...entry(sk), gpk: s(gpk), version: { N: "2" }, data: { M: {} } });

  it("reads the items, asks again for those DynamoDB left out, and drops what has left the index", async () => {
    const { clients, seen } = await scriptedAws([
      { body: JSON.stringify({ Items: [entry("a"), entry("b"), entry("c"), entry("gone")] }) },
      {
        body: JSON.stringify({
          Responses: { t: [item("c"), item("b", "elsewhere")] },
          UnprocessedKeys: { t: { Keys: [{ pk: s("p"), sk: s("a") }] } },
        }),
      },
      { body: JSON.stringify({ Responses: { t: [item("a")] } }) },
    ]);
    const items = openDynamoItems({ client: clients.dynamodb, table: "t", clock });
    const page = await items.query({ index: "gsi1", partition: "g" });
    expect(page.items.map(({ sk, version }) => [sk, version])).toEqual([
      ["a", 2],
      ["c", 2],
    ]);
    expect(seen.map(({ headers }) => headers["x-amz-target"])).toEqual(
      ["Query", "BatchGetItem", "BatchGetItem"].map((name) => `DynamoDB_20120810.${name}`),
    );
  });
});
