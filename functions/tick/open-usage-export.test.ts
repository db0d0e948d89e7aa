import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import { settleWrites } from "../../shared/money/ledger.ts";
import { sampleJob, samplePrice } from "../../test/support/api/sample-job.ts";
import { manualClock } from "../../test/support/manual-clock.ts";
import { openUsageExport } from "./open-usage-export.ts";

/** Secrets Manager at `/`, the billing system at `/meter`. */
let keys: string[];
let told: { key: string | undefined; body: URLSearchParams }[];
const server = createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  if (request.url === "/meter") {
    told.push({ key: request.headers.authorization, body: new URLSearchParams(body) });
    response.end("{}");
  } else response.end(JSON.stringify({ SecretString: keys.shift() }));
});

const clock = manualClock();
let items: ReturnType<typeof openEmbeddedItems>;
let logged: object[];
let origin: string;
beforeEach(async () => {
  [keys, told, logged] = [[], [], []];
  items = openEmbeddedItems(":memory:", { clock });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  vi.stubEnv("AWS_ENDPOINT_URL", origin);
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await items.close();
});

const env = () => ({
  USAGE_EXPORT_URL: `${origin}/meter`,
  USAGE_METER: "images",
  USAGE_KEY_SECRET: "billing",
  LOCAL_MODE: "1",
});
const open = (given: NodeJS.ProcessEnv) =>
  openUsageExport(given, {
    items,
    clock,
    log: (_level: string, _message: string, fields = {}) => void logged.push(fields),
    config: { region: "us-east-1" } as Parameters<typeof openUsageExport>[1]["config"],
  });

async function charge(count: number) {
  for (let i = 0; i < count; i++) {
    const price = { ...samplePrice, meterCustomer: "cus_1" };
    const job = sampleJob(`${clock.now()}-${i}`, clock.now(), { price, status: "succeeded", charged: 100 });
    const meter = settleWrites(job, job, clock.now()).filter(
      (write) => "put" in write && write.put.pk.startsWith("METER#"),
    );
    await items.write(meter);
  }
}

it("does nothing where the stack asks for none", async () => {
  await charge(1);
  await open({})();
  expect(told).toEqual([]);
});

it.each(["USAGE_METER", "USAGE_KEY_SECRET"])("names %s when it is missing beside the address", (name) => {
  expect(() => open({ ...env(), [name]: "" })).toThrow(`USAGE_EXPORT_URL needs ${name} beside it`);
});

it("tells everything that is due, five at a time, with the key of the secret", async () => {
  keys = ["sk_1"];
  await charge(7);
  await open(env())();
  expect(told).toHaveLength(7);
  expect(new Set(told.map(({ key }) => key))).toEqual(new Set(["Bearer sk_1"]));
  expect(told[0]!.body.get("event_name")).toBe("images");
  expect(logged).toEqual([{ events: 7 }]);
});

it("reads the key again after ten minutes", async () => {
  keys = ["sk_1", "sk_2"];
  const run = open(env());
  for (const passed of [0, 599_999, 1]) {
    clock.advance(passed);
    await charge(1);
    await run();
  }
  expect(told.map(({ key }) => key)).toEqual(["Bearer sk_1", "Bearer sk_1", "Bearer sk_2"]);
});

it("refuses a secret without text", async () => {
  await expect(open(env())()).rejects.toThrow("the secret billing has no text in it");
});
