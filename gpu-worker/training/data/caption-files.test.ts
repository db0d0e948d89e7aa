import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../../test/conformance/temporary-folder.ts";
import { readCaptionFiles } from "./caption-files.ts";

/** The captions of a dataset with these caption files beside `images`. */
async function read(images: readonly string[], texts: Readonly<Record<string, string | Uint8Array>>) {
  const folder = temporaryFolder();
  for (const [file, text] of Object.entries(texts)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text);
  }
  const { byImage, problems } = await readCaptionFiles(folder, [...images, ...Object.keys(texts)], new Set(images));
  const reasons = problems.map(({ file, line, reason }) => [line ? `${file}:${line}` : file, reason]);
  return { captions: Object.fromEntries(byImage), problems: Object.fromEntries(reasons) };
}

it.each<[string, string, string | Uint8Array, Record<string, string[]>]>([
  ["each line of a .txt that is not blank", "a.txt", "\ufeffa cat\r\n\r\n一只猫\n", { "a.png": ["a cat", "一只猫"] }],
  [
    "one text or several of a .jsonl line",
    "x.jsonl",
    '{"file_name": "a.png", "text": ["a dog", "狗"]}\n\n{"file_name": "b/c.png", "text": " hound "}\n',
    { "a.png": ["a dog", "狗"], "b/c.png": ["hound"] },
  ],
  [
    "every row of a .csv, whatever its other columns",
    "x.CSV",
    '\ufefffile_name,score,text\na.png,1,"a bird, red"\na.png,2,鸟\n./b/c.png,3,x\n',
    { "a.png": ["a bird, red", "鸟"], "b/c.png": ["x"] },
  ],
  [
    "names relative to the folder of the file",
    "b/x.jsonl",
    '{"file_name": "c.png", "text": "x"}',
    { "b/c.png": ["x"] },
  ],
  ["backslashes of Windows", "x.csv", "file_name,text\nb\\c.png,x\n", { "b/c.png": ["x"] }],
])("reads %s", async (_, file, text, captions) => {
  expect(await read(["a.png", "b/c.png"], { [file]: text })).toEqual({ captions, problems: {} });
});

it("leaves other files alone", async () => {
  expect(await read(["a.png"], { "README.md": "a cat" })).toEqual({ captions: {}, problems: {} });
});

it("names the file, the line and the reason of everything that it leaves out", async () => {
  const jsonl =
    '{"file_name": "gone.png", "text": "x"}\n{"file_name": 3}\n{"file_name": "../a.png", "text": "x"}\nno json';
  const { captions, problems } = await read(["a.png", "b.png"], {
    "a.txt": "a cat\na cat",
    "b.txt": " \n",
    "lonely.txt": "a fox",
    "x.jsonl": jsonl,
    "y.csv": "name,text\nx,y\n",
    "z.csv": 'file_name,text\nb.png,""\n',
    "latin.csv": Uint8Array.of(0x66, 0xe9),
  });
  expect(captions).toEqual({ "a.png": ["a cat"] });
  expect(problems).toEqual({
    "a.txt": "the same caption twice for a.png",
    "b.txt": "the caption of b.png is empty",
    "lonely.txt": "no image named lonely beside it",
    "x.jsonl:1": "no image gone.png",
    "x.jsonl:2": expect.stringContaining("expected {"),
    "x.jsonl:3": "no image ../a.png",
    "x.jsonl:4": expect.stringContaining("expected {"),
    "y.csv": "the first row must name the columns file_name and text, got name, text",
    "z.csv:2": "the caption of b.png is empty",
    "latin.csv": expect.stringContaining("cannot be read as UTF-8"),
  });
});
