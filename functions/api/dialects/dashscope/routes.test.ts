import { afterEach, beforeEach, expect, it } from "vitest";
import { type ApiUnderTest, openApi } from "../../../../test/support/api/api-under-test.ts";

/** DashScope has no client of its own for these routes: what its documentation sends. */

const route = "/api/v1/services/aigc/multimodal-generation/generation";
let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
  api.worker.start();
});
afterEach(() => api.close());

function body(parameters: object = {}, content: object[] = [{ text: "一只红狐" }]) {
  const input = { messages: [{ role: "user", content }] };
  return { model: "z-image-turbo", input, parameters: { size: "128*64", prompt_extend: false, ...parameters } };
}

it("holds the request until the image exists", async () => {
  const answer = await api.request("POST", route, body({ seed: 7 }));
  expect([answer.status, await answer.json()]).toMatchObject([
    200,
    {
      output: {
        choices: [{ finish_reason: "stop", message: { role: "assistant", content: [{}, { text: "一只红狐" }] } }],
      },
      usage: { width: 128, height: 64, image_count: 1 },
      request_id: expect.stringMatching(/^req_/),
    },
  ]);
  expect((await api.jobs.list({ accountId: api.account.id, limit: 1 })).jobs[0]?.params).toMatchObject({ seed: 7 });
});

it.each([
  ["a wrong size", body({ size: "128*65" }), 400, "InvalidParameter", "height must be a multiple of 16, got 65"],
  ["a size in another form", body({ size: 128 }), 400, "InvalidParameter", "parameters.size must be WIDTH*HEIGHT"],
  ["what is not offered", body({ prompt_extend: true }), 400, "InvalidParameter", "prompt_extend is not supported"],
  [
    "what is no image",
    body({}, [{ text: "x" }, { image: "data:;base64,AAAA" }]),
    400,
    "InvalidParameter",
    "must be a PNG",
  ],
  ["no prompt", body({}, [{ image: "https://x.test/a.png" }]), 400, "InvalidParameter", "must hold one text"],
  ["a model that is not served", { ...body(), model: "wan2.5" }, 404, "ModelNotFound", "is not served"],
])("refuses %s in its own form", async (_, wrong, status, code, text) => {
  const answer = await api.request("POST", route, wrong);
  expect([answer.status, await answer.json()]).toMatchObject([
    status,
    { code, message: expect.stringContaining(text) },
  ]);
});

it("answers a wrong key in its own form", async () => {
  const answer = await api.request("POST", route, body(), { authorization: "Bearer not-one-of-our-keys" });
  expect([answer.status, await answer.json()]).toMatchObject([401, { code: "InvalidApiKey" }]);
});

it("makes a task when asked to, which ends as succeeded or can be canceled before it begins", async () => {
  const submitted = await api.request("POST", route, body(), { "x-dashscope-async": "enable" });
  const { output } = (await submitted.json()) as { output: { task_id: string; task_status: string } };
  expect(output.task_status).toBe("PENDING");
  const task = async () => {
    const answer = await api.request("GET", `/api/v1/tasks/${output.task_id}`);
    return (await answer.json()) as { output: { task_status: string; results?: { url: string }[] } };
  };
  await expect.poll(async () => (await task()).output.task_status).toBe("SUCCEEDED");
  expect((await task()).output.results).toHaveLength(1);

  await api.worker.stop();
  const older = { model: "z-image-turbo", input: { prompt: "x" }, parameters: { n: 2 } };
  const path = "/api/v1/services/aigc/text2image/image-synthesis";
  const second = await api.request("POST", path, older, { "x-dashscope-async": "enable" });
  const { task_id: id } = ((await second.json()) as { output: { task_id: string } }).output;
  expect((await api.request("POST", `/api/v1/tasks/${id}/cancel`)).status).toBe(200);
  expect(await (await api.request("GET", `/api/v1/tasks/${id}`)).json()).toMatchObject({
    output: { task_status: "CANCELED" },
  });
});
