import { expect, it } from "vitest";
import { longJob, send, spent, wrongKey } from "./account.ts";
import { plainImage, sizeUnder } from "./drawn-images.ts";

/** DashScope has no JavaScript client for this: what its documentation sends. */

interface Generation {
  readonly output: {
    readonly choices: { readonly message: { readonly content: { readonly image?: string }[] } }[];
    readonly task_id: string;
    readonly task_status: string;
  };
  readonly usage: { readonly width: number; readonly height: number; readonly image_count: number };
  readonly request_id: string;
}

function generate(content: object[], parameters: object, headers: { [name: string]: string } = {}) {
  const input = { messages: [{ role: "user", content }] };
  const body = { model: "z-image-turbo", input, parameters: { prompt_extend: false, ...parameters } };
  return send<Generation>("POST", "/api/v1/services/aigc/multimodal-generation/generation", body, headers);
}

it("holds the answer until the image exists, from text and from an image", async () => {
  const { body } = await generate([{ text: "画一个杯子" }], { size: "128*64", seed: 7 });
  expect(body.usage).toMatchObject({ width: 128, height: 64, image_count: 1 });
  expect(await sizeUnder(body.output.choices[0]?.message.content[0]?.image)).toEqual([128, 64]);
  const image = `data:image/png;base64,${Buffer.from(await plainImage(96, 64)).toString("base64")}`;
  const edit = await generate([{ image }, { text: "a red cup" }], { size: "96*64" });
  expect(await sizeUnder(edit.body.output.choices[0]?.message.content[0]?.image)).toEqual([96, 64]);
});

it("makes a task where that is asked for, which can be canceled while it waits", async () => {
  const { prompt: text, steps, n } = longJob;
  const long = { size: "512*512", steps, n };
  const asynchronous = { "x-dashscope-async": "enable" };
  const first = await generate([{ text }], long, asynchronous);
  const second = await generate([{ text }], long, asynchronous);
  const { task_id: id } = second.body.output;
  expect((await send("POST", `/api/v1/tasks/${id}/cancel`)).status).toBe(200);
  expect(await send("GET", `/api/v1/tasks/${id}`)).toMatchObject({ body: { output: { task_status: "CANCELED" } } });
  expect((await send("POST", `/v1/jobs/${first.body.output.task_id}/cancel`)).status).toBeLessThan(300);
});

it("refuses a wrong size and a wrong key in its own form, and charges nothing", async () => {
  const before = await spent();
  expect(await generate([{ text: "x" }], { size: "100*64" })).toMatchObject({
    status: 400,
    body: { code: "InvalidParameter" },
  });
  const stranger = { authorization: `Bearer ${wrongKey}` };
  expect(await generate([{ text: "x" }], { size: "64*64" }, stranger)).toMatchObject({
    status: 401,
    body: { code: "InvalidApiKey" },
  });
  expect(await spent()).toBe(before);
});
