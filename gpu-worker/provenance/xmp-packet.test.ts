import { SaxesParser } from "saxes";
import { expect, it } from "vitest";
import { xmpPacket } from "./xmp-packet.ts";

const marks = { id: "ab12", aigc: '{"Label":"1"}', isComposite: false, model: "z-image-turbo" };

/** Texts of a packet's elements by their names; refuses what is no XML. */
function textsOf(packet: string): Record<string, string> {
  const texts: Record<string, string> = {};
  const open: string[] = [];
  const parser = new SaxesParser();
  parser.on("opentag", ({ name }) => void open.push(name));
  parser.on("closetag", () => void open.pop());
  parser.on("text", (text) => {
    if (text.trim() !== "") texts[open.at(-1)!] = text;
  });
  parser.on("error", (error) => {
    throw error;
  });
  parser.write(packet).close();
  return texts;
}

it("marks the image as generated, by the program, its id and China's label", () => {
  expect(textsOf(xmpPacket(marks))).toEqual({
    "xmp:CreatorTool": "Z-Image pipeline, z-image-turbo",
    "xmpMM:DocumentID": "xmp.did:ab12",
    "Iptc4xmpExt:DigitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
    "TC260:AIGC": '{"Label":"1"}',
  });
});

it("marks a composite with somebody's photo as such", () => {
  const { "Iptc4xmpExt:DigitalSourceType": type } = textsOf(xmpPacket({ ...marks, isComposite: true }));
  expect(type).toMatch(/\/compositeWithTrainedAlgorithmicMedia$/);
});

it("carries any request as valid XML, and loses only what XML does not allow", () => {
  const request = JSON.stringify({ prompt: '<b> & "c" ]]> 猫 \ud83d\ude00' });
  const { "zimage:request": _, ...rest } = textsOf(xmpPacket(marks));
  const found = Object.entries(textsOf(xmpPacket({ ...marks, request }))).find(([name]) => !(name in rest))!;
  expect(found[1]).toBe(request);
  const bad = textsOf(xmpPacket({ ...marks, request: "a\u0000b\ud800c" }));
  expect(bad[found[0]]).toBe("a\ufffdb\ufffdc");
});
