import { Hono } from "hono";
import { expect, it } from "vitest";
import { ApiError } from "../problems/api-error.ts";
import { readForm } from "./form-body.ts";

const request = (body: FormData | string, headers: { [name: string]: string } = {}) =>
  new Request("https://example.com", { method: "POST", body, headers });

it("reads fields and files", async () => {
  const form = new FormData();
  form.set("prompt", "一只猫");
  form.set("image", new File([Uint8Array.of(0, 255)], "a.png"));
  const read = await readForm(request(form));
  expect(read.get("prompt")).toBe("一只猫");
  expect(new Uint8Array(await (read.get("image") as File).arrayBuffer())).toEqual(Uint8Array.of(0, 255));
});

it.each([
  ["application/json", "application/json"],
  ["application/x-www-form-urlencoded", "application/x-www-form-urlencoded"],
  ["multipart/form-data", "multipart/form-data"],
])("refuses %s with a 415", async (type, got) => {
  await expect(readForm(request("a=b", { "content-type": type }))).rejects.toMatchObject({
    status: 415,
    message: `expected Content-Type: multipart/form-data, got ${got}`,
  });
});

it("refuses a form that is cut off", async () => {
  const body = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nhalf';
  await expect(readForm(request(body, { "content-type": "multipart/form-data; boundary=x" }))).rejects.toMatchObject({
    code: "invalid_form",
    param: "body",
  });
});

it("refuses a form of too many parts before it is parsed, and takes one of many", async () => {
  const form = (parts: number) => {
    const part = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n';
    return request(`${part.repeat(parts)}--x--\r\n`, {
      "content-type": 'multipart/form-data; charset=utf-8; boundary="x"',
    });
  };
  expect((await readForm(form(1_000))).getAll("a")).toHaveLength(1_000);
  await expect(readForm(form(1_001))).rejects.toMatchObject({
    code: "invalid_form",
    message: "the form has more than 1000 parts; send fewer",
  });
  const long = request("", { "content-type": `multipart/form-data; boundary=${"-".repeat(71)}` });
  await expect(readForm(long)).rejects.toMatchObject({ code: "invalid_form" });
});

const part = (head: string) => `--x\r\nContent-Disposition: form-data; name="a"${head}\r\n\r\n1\r\n`;

it.each([
  ["a name of megabytes", part(`; filename*=utf-8''${"%E4%BD%A0".repeat(200_000)}`)],
  ["lines without end", part("\r\na: b".repeat(100_000))],
  ["many long names", part(`; filename="${"n".repeat(16_000)}"`).repeat(20)],
  ["no end of them", `--x\r\n${"a".repeat(100_000)}`],
])("refuses the headers of parts before they are parsed: %s", async (_, parts) => {
  await expect(
    readForm(request(`${parts}--x--\r\n`, { "content-type": "multipart/form-data; boundary=x" })),
  ).rejects.toMatchObject({ code: "invalid_form", message: expect.stringContaining("must end within 16384 bytes") });
});

it.each([
  ['x="; boundary=zzz"; boundary=x', "not valid multipart/form-data"],
  ["boundary=zzz; boundary=x", "not valid multipart/form-data"],
  ['boundary="\\x"', "names no valid boundary"],
  ["boundary=", "names no valid boundary"],
  ["charset=utf-8", "names no valid boundary"],
])("counts the parts of the boundary that is parsed: %s", async (parameters, message) => {
  const error = await readForm(
    request(`${part("").repeat(2_000)}--x--\r\n`, { "content-type": `multipart/form-data; ${parameters}` }),
  ).catch((cause: unknown) => cause);
  expect(error).toMatchObject({ code: "invalid_form", message: expect.stringContaining(message) });
});

it("reads a quoted boundary, and more headers than one", async () => {
  const read = await readForm(
    request(`${part("")}${part("\r\nContent-Type: text/plain")}--x--\r\n`, {
      "content-type": 'multipart/form-data; boundary="x"',
    }),
  );
  expect(read.getAll("a")).toEqual(["1", "1"]);
});

it.each([
  ["a", 'name="a"\r\n\r\n1\0'],
  ["body", 'name="a\0"\r\n\r\n1'],
  ["a", 'name="a"; filename="b\0"\r\n\r\n1'],
])("refuses NUL in texts and names, and names %s", async (param, text) => {
  const form = `--x\r\nContent-Disposition: form-data; ${text}\r\n--x--\r\n`;
  const error = await readForm(request(form, { "content-type": "multipart/form-data; boundary=x" })).catch(
    (cause: unknown) => cause,
  );
  expect(error).toMatchObject({ code: "invalid_value", param });
});

it("lets the limit on the body tell of itself", async () => {
  const tooLarge = new ApiError(413, "body_too_large", "the body is too large");
  const app = new Hono().post("/", async (c) => {
    const error = await readForm(c.req.raw).catch((cause: unknown) => cause);
    return c.json({ same: error === tooLarge });
  });
  const body = new ReadableStream({ pull: (controller) => controller.error(tooLarge) });
  const headers = { "content-type": "multipart/form-data; boundary=x" };
  const response = await app.request(
    new Request("https://example.com/", { method: "POST", body, headers, duplex: "half" } as RequestInit),
  );
  expect(await response.json()).toEqual({ same: true });
});
