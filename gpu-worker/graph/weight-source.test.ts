import { expect, it } from "vitest";
import { InvalidFileError } from "../../shared/errors.ts";
import { requireShape } from "./weight-source.ts";

it("refuses a stored weight of another shape by its file, and one to train without", () => {
  const data = { file: "/model.safetensors", offset: 0, length: 24 };
  const stored = { dtype: "float32", shape: [2, 3], data } as const;
  expect(() => requireShape("to_q.weight", stored, [2, 3])).not.toThrow();
  expect(() => requireShape("to_q.weight", stored, [3, 2])).toThrow(InvalidFileError);
  expect(() => requireShape("to_q.weight", stored, [3, 2])).toThrow(
    "/model.safetensors: tensor to_q.weight: expected shape [3, 2], got [2, 3]",
  );
  const fed = { dtype: "float32", shape: [2], data: "fed" } as const;
  expect(() => requireShape("norm.weight", fed, [3])).toThrow(
    "a weight to train: tensor norm.weight: expected shape [3]",
  );
});
