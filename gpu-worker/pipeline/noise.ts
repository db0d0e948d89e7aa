/**
 * Seeded standard-normal noise, the same bits on every platform and JavaScript engine: Philox4x32-10 makes 32-bit
 * words, and the inverse of the normal distribution turns each word into one value. Only operations that IEEE 754
 * rounds exactly are used (+ − × ÷ √); `Math.log` is not among them.
 *
 * Value i comes from word `i mod 4` of Philox block `floor(i / 4)`: counter `[block, high, 0, 0]`, key `[low, stream]`
 * of the seed's 32-bit halves. A word w becomes the probability (w + 0.5) / 2^32, so that values stay within ±6.4 and
 * any part of the sequence can be made on its own.
 *
 * @param stream - another sequence of the same seed: 0 is the noise that images start from, 1 the draw from the VAE's
 * posterior
 */
export function gaussianNoise(seed: number, count: number, stream = 0): Float32Array {
  if (!Number.isSafeInteger(seed) || seed < 0) throw new Error(`seed must be a whole number below 2^53, got ${seed}`);
  const [low, high] = [seed >>> 0, Math.floor(seed / 2 ** 32)];
  const values = new Float32Array(count);
  for (let block = 0; block * 4 < count; block++) {
    const words = philox4x32([block, high, 0, 0], [low, stream]);
    for (let lane = 0; lane < 4 && block * 4 + lane < count; lane++) {
      values[block * 4 + lane] = inverseNormal((words[lane]! + 0.5) / 2 ** 32);
    }
  }
  return values;
}

type Words2 = readonly [number, number];
type Words4 = readonly [number, number, number, number];

/**
 * One block of the counter-based generator Philox4x32 with ten rounds.
 * @see Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011; Random123 `philox.h`
 */
export function philox4x32([c0, c1, c2, c3]: Words4, [k0, k1]: Words2): Words4 {
  for (let round = 0; round < 10; round++) {
    const [high0, low0] = multiply(0xd2511f53, c0);
    const [high1, low1] = multiply(0xcd9e8d57, c2);
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1, (high0 ^ c3 ^ k1) >>> 0, low0];
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** High and low word of the 64-bit product, by 16-bit halves: every partial sum stays below 2^53. */
function multiply(a: number, b: number): Words2 {
  const aHigh = a >>> 16;
  const aLow = a & 0xffff;
  const bHigh = b >>> 16;
  const bLow = b & 0xffff;
  const middle = aHigh * bLow + Math.floor((aLow * bLow) / 0x10000);
  const middle2 = aLow * bHigh + (middle % 0x10000);
  return [aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(middle2 / 0x10000), Math.imul(a, b) >>> 0];
}

/**
 * x with P(N(0,1) ≤ x) = p, for 0 < p < 1; relative error about 1e-16.
 * @see Wichura, "Algorithm AS 241", Applied Statistics 37 (1988), PPND16
 */
export function inverseNormal(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * polynomial(centreNumerator, r)) / polynomial(centreDenominator, r);
  }
  const r = Math.sqrt(-logOfFraction(q < 0 ? p : 1 - p));
  const tail =
    r <= 5
      ? polynomial(tailNumerator, r - 1.6) / polynomial(tailDenominator, r - 1.6)
      : polynomial(farTailNumerator, r - 5) / polynomial(farTailDenominator, r - 5);
  return q < 0 ? -tail : tail;
}

/**
 * Natural logarithm of 0 < x < 1 to within one unit in the last place: `Math.log` may differ between engines.
 * @see fdlibm `e_log.c`
 */
export function logOfFraction(x: number): number {
  let exponent = 0;
  for (; x < Math.SQRT1_2; x *= 2) exponent--; // exact, and at most 33 turns for a 32-bit word
  const f = x - 1;
  const s = f / (2 + f);
  const z = s * s;
  const halfSquare = 0.5 * f * f;
  const remainder = z * polynomial(logCoefficients, z);
  return exponent * ln2High - (halfSquare - (s * (halfSquare + remainder) + exponent * ln2Low) - f);
}

function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (let i = coefficients.length - 1; i >= 0; i--) sum = sum * x + coefficients[i]!;
  return sum;
}

const ln2High = 0.6931471803691238;
const ln2Low = 1.9082149292705877e-10;
const logCoefficients = [
  0.6666666666666735, 0.3999999999940942, 0.2857142874366239, 0.22222198432149784, 0.1818357216161805,
  0.15313837699209373, 0.14798198605116586,
];
const centreNumerator = [
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
  33430.57558358813, 2509.0809287301227,
];
const centreDenominator = [
  1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271, 28729.085735721943,
  5226.495278852854,
];
const tailNumerator = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684, 0.2417807251774506,
  0.022723844989269184, 0.0007745450142783414,
];
const tailDenominator = [
  1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
  0.0005475938084995345, 1.0507500716444169e-9,
];
const farTailNumerator = [
  6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
  0.0012426609473880784, 0.000027115555687434876, 2.0103343992922881e-7,
];
const farTailDenominator = [
  1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 0.000018463183175100548,
  1.421511758316446e-7, 2.0442631033899397e-15,
];
