import { expect, it } from "vitest";
import { createLinkSigner } from "../../../shared/access/signed-link.ts";
import { catalogModel } from "../../../shared/model-catalog/model-catalog.ts";
import { sampleJob } from "../../../test/support/api/sample-job.ts";
import { foreignWebhookBody } from "./webhook-body.ts";

const context = {
  link: createLinkSigner({ secret: "s", origin: "https://api.test", now: () => 0, lifeS: 60 }),
  models: [catalogModel({ id: "z-image-turbo", family: "turbo", random: false })],
};
const bodyFor = (form?: string) =>
  foreignWebhookBody(
    sampleJob("1", 0, { status: "succeeded", webhook: { url: "https://a.test", events: [], form } }),
    context,
  );

it.each([
  ["replicate", { id: "job_1", status: "succeeded" }],
  ["fal", { request_id: "job_1", status: "OK" }],
])("is %s's own", async (form, body) => {
  expect(await bodyFor(form)).toMatchObject(body);
});

it("is none where the native body is expected", async () => {
  expect(await bodyFor()).toBeUndefined();
  expect(await bodyFor("openai")).toBeUndefined();
});
