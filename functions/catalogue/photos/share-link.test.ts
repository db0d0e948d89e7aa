import { expect, it } from "vitest";
import { withoutSharePage } from "./share-link.ts";

const id = "1AbCdEfGhIjKlMnOpQrStUvWxYz-_01234";

it.each([
  [`https://drive.google.com/file/d/${id}/view?usp=sharing`, `https://drive.google.com/uc?export=download&id=${id}`],
  [`https://drive.google.com/open?id=${id}`, `https://drive.google.com/uc?export=download&id=${id}`],
  ["https://drive.google.com/drive/folders/x", "https://drive.google.com/drive/folders/x"],
  ["https://www.dropbox.com/scl/fi/a/b.jpg?rlkey=k&dl=0", "https://www.dropbox.com/scl/fi/a/b.jpg?rlkey=k&dl=1"],
  ["https://shop.example/a.jpg?dl=0", "https://shop.example/a.jpg?dl=0"],
  ["TRUE", "TRUE"],
])("%s is the file %s", (address, file) => {
  expect(withoutSharePage(address)).toBe(file);
});
