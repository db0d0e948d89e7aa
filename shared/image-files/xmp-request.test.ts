import { expect, it } from "vitest";
import { readXmpRequest } from "./xmp-request.ts";

const packet = (content: string, namespace = "urn:z-image-pipeline:1.0") =>
  Buffer.from(`…<x:xmpmeta><rdf:Description xmlns:zimage="${namespace}">${content}</rdf:Description></x:xmpmeta>…`);

it("reads the request of a packet, whatever lies around it", () => {
  const text = '<zimage:request>{"prompt":"a &lt;b&gt; &amp;amp; c 狐狸"}</zimage:request>';
  expect(readXmpRequest(packet(text))).toEqual({ prompt: "a <b> &amp; c 狐狸" });
});

it.each([
  ["no packet", Buffer.from("nothing")],
  ["a packet that does not end", Buffer.from('<x:xmpmeta "urn:z-image-pipeline:1.0"><zimage:request>{}')],
  ["a property that does not end", packet('<zimage:request>{"prompt":"a"}')],
  ["somebody else's property", packet("<zimage:request>{}</zimage:request>", "urn:other")],
  ["no JSON", packet("<zimage:request>{</zimage:request>")],
  ["a packet beyond any request", packet(`<zimage:request>"${"a".repeat(300_000)}"</zimage:request>`)],
])("finds nothing in %s", (_, file) => {
  expect(readXmpRequest(file)).toBeUndefined();
});
