import { describe, expect, it } from "vitest";
import { photoIn, photoOfPicture, taobaoPhoto } from "./photo-cell.ts";

const upload = `file-${"0".repeat(25)}A`;
const url = (address: string) => ({ from: "url", url: address });
const name = (text: string) => ({ from: "name", name: text });

describe("photoIn", () => {
  it.each<[string, object]>([
    [" ; |\nhttps://x.example/1.jpg|https://x.example/2.jpg", url("https://x.example/1.jpg")],
    ["https://x.example/a,b.jpg, https://x.example/2.jpg", url("https://x.example/a,b.jpg")],
    ["//cdn.example/1.jpg", url("https://cdn.example/1.jpg")],
    [upload, { from: "file", fileId: upload }],
    [upload.toLowerCase(), name(upload.toLowerCase())],
    ["red, front.jpg", name("red, front.jpg")],
    ["a.jpg, b.PNG", name("a.jpg")],
    ["https://x.example/1.jpg https://x.example/2.jpg", url("https://x.example/1.jpg")],
    ["https://x.example/a b.jpg", url("https://x.example/a b.jpg")],
    ["https://x.example/1.jpg；https://x.example/2.jpg", url("https://x.example/1.jpg")],
    ["https://x.example/1.jpg，https://x.example/2.jpg", url("https://x.example/1.jpg")],
    ["https://x.example/1.jpg,", url("https://x.example/1.jpg")],
    ["'https://x.example/1.jpg", url("https://x.example/1.jpg")],
    ["www.x.example/1.jpg", url("https://www.x.example/1.jpg")],
    ['<p><img class="a" src="//x.example/1.jpg?a=1&amp;b=2"></p>', url("https://x.example/1.jpg?a=1&b=2")],
    ["![vase](https://x.example/1.jpg)", url("https://x.example/1.jpg")],
    ['["https://x.example/1.jpg","https://x.example/2.jpg"]', url("https://x.example/1.jpg")],
    ['{"url":"https:\\/\\/x.example\\/1.jpg"}', url("https://x.example/1.jpg")],
    ['=IMAGE("https://x.example/1.jpg")', url("https://x.example/1.jpg")],
    ["无;https://x.example/1.jpg", url("https://x.example/1.jpg")],
    ["///etc/passwd", name("///etc/passwd")],
    ["javascript:alert(1)", name("javascript:alert(1)")],
  ])("%j", (cell, photo) => {
    expect(photoIn(cell)).toEqual(photo);
  });

  it.each([
    " ;|;\r\n ",
    "-",
    "N/A",
    "无",
    "FALSE",
    "true",
    "data:image/png;base64,iVBORw0KGgo=",
  ])("finds nothing in %j", (cell) => {
    expect(photoIn(cell)).toBeUndefined();
  });
});

describe("taobaoPhoto", () => {
  const hash = "0123456789abcdef".repeat(2);

  it("takes the lowest position, whatever comes first", () => {
    expect(taobaoPhoto(`${hash}:1:2:|https://x.example/2.jpg;${hash}:1:0:|https://x.example/0.jpg`)).toEqual(
      url("https://x.example/0.jpg"),
    );
    expect(taobaoPhoto(`${hash}:1:10:|//x.example/10.jpg;${hash}:1:9:|`)).toEqual(name(`${hash}.tbi`));
  });

  it("reads a cell of plain addresses too, and takes no broken hash for a name", () => {
    expect(taobaoPhoto("https://x.example/1.jpg")).toEqual(url("https://x.example/1.jpg"));
    expect(taobaoPhoto(`${hash}:1`)).toBeUndefined();
  });
});

it("says nothing of a picture that the workbook does not hold", () => {
  expect(photoOfPicture({ column: 0, name: "ID_1" })).toBeUndefined();
  expect(photoOfPicture({ column: 0, name: "ID_1", entry: "xl/media/1.png" })).toEqual({
    from: "cell",
    entry: "xl/media/1.png",
  });
});
