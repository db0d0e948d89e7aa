import type { OpenTrainingData } from "../../gpu-worker/training/data/training-data.ts";

const side = 32;
const colours = { red: [220, 40, 40], green: [40, 180, 60], blue: [40, 80, 220], yellow: [240, 210, 60] } as const;

/** Four discs of different colours on white: the smallest thing that a caption can decide. */
const openShapes: OpenTrainingData = async () => ({
  fingerprint: "four discs",
  imageCount: 4,
  size: () => ({ width: side, height: side }),
  async image(index) {
    const colour = Object.values(colours)[index]!;
    const data = Uint8Array.from({ length: side * side * 3 }, (_, i) => {
      const pixel = Math.floor(i / 3);
      const [x, y] = [(pixel % side) - side / 2 + 0.5, Math.floor(pixel / side) - side / 2 + 0.5];
      return x * x + y * y < 144 ? colour[i % 3]! : 255;
    });
    return { width: side, height: side, data };
  },
  exampleCount: 4,
  caption: (example, random) => {
    const name = Object.keys(colours)[example]!;
    return { text: random() < 0.5 ? `a ${name} disc` : name, image: example };
  },
});
export default openShapes;
