import { expect, it } from "vitest";
import { trainingReport } from "./training-report.ts";

const steps = Array.from({ length: 1000 }, (_, index) => ({
  step: index + 1,
  loss: 1 / (index + 1),
  samples: 4,
  seconds: 0.1,
}));

it("is one page with the curve, the numbers and the images in it", () => {
  const samples = [{ caption: 'a <b> & "c"', images: [Uint8Array.of(1, 2, 3)] }];
  const page = trainingReport({ title: "A run", steps, samples });
  expect(page).toContain("1000 steps, 4000 samples in 1.7 min (40.0 per second)");
  expect(page).toContain("data:image/png;base64,AQID");
  expect(page).toContain("a &#60;b&#62; &#38; &#34;c&#34;");
  expect(page.match(/points="([^"]*)"/)![1]!.split(" ")).toHaveLength(250);
  expect(page).not.toMatch(/(src|href)="(?!data:)/);
});

it("stands without steps", () => {
  expect(trainingReport({ title: "A run", steps: [], samples: [] })).toContain("no steps yet");
});
