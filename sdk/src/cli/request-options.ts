// Made from the request schema by `npm run generate:sdk`; do not edit.

export interface RequestOption {
  /** Of the field in a request. */
  readonly name: string;
  readonly option: string;
  readonly short?: string;
  /** Stands for the value in the help. */
  readonly value?: string;
  readonly kind: "text" | "choice" | "number" | "whole" | "switch" | "numbers";
  readonly choices?: readonly string[];
  readonly help: string;
}

export const requestOptions: readonly RequestOption[] = [
  {"name":"model","option":"model","short":"m","value":"ID","kind":"text","help":"Id or alias from GET /v1/models. Default: the first model served."},
  {"name":"negative_prompt","option":"negative","value":"TEXT","kind":"text","help":"What to keep out. Has an effect only with guidance above 0."},
  {"name":"size","option":"size","short":"s","value":"WxH","kind":"text","help":"WIDTHxHEIGHT in pixels, sides multiples of 16. One of size, width + height, aspect_ratio. Default: with image, the nearest to its own size that can be drawn; else the model's."},
  {"name":"aspect_ratio","option":"aspect","value":"A:B","kind":"text","help":"Across:down, 1:4 to 4:1, at about the pixel count of the model's default size."},
  {"name":"n","option":"n","short":"n","value":"N","kind":"whole","help":"Number of images, with seeds seed, seed + 1, … Default 1."},
  {"name":"seed","option":"seed","value":"N","kind":"whole","help":"Same seed, same picture. Default: drawn at random, and reported."},
  {"name":"steps","option":"steps","value":"N","kind":"whole","help":"Denoising steps, each one forward. Default by model."},
  {"name":"sigmas","option":"sigmas","value":"X,X,…","kind":"numbers","help":"Noise levels of the steps in place of steps, falling, 1 is noise; the 0 at the end goes without saying, and no shift is applied. For models and LoRAs distilled to certain levels."},
  {"name":"guidance","option":"guidance","value":"X","kind":"number","help":"Classifier-free guidance scale; 0 is off. The prediction is positive + guidance · (positive − negative)."},
  {"name":"cfg_normalization","option":"cfg-normalization","kind":"switch","help":"Keep the guided prediction's norm at most the positive one's. Default false."},
  {"name":"cfg_truncation","option":"cfg-truncation","value":"X","kind":"number","help":"Guidance is off once 1 − sigma exceeds this. Default 1: never."},
  {"name":"strength","option":"strength","value":"X","kind":"number","help":"How far from image: above 0 to 1. That share of the steps is run. Default 0.6, with a mask 1."},
  {"name":"mask_mode","option":"mask-mode","value":"NAME","kind":"choice","choices":["white","transparent"],"help":"What the mask marks for drawing anew: its white or its transparent parts. Default white."},
  {"name":"mask_blend","option":"mask-blend","value":"NAME","kind":"choice","choices":["feather","hard","none"],"help":"The edge of the mask in the finished image: feather keeps what the mask protects to the pixel and fades over a few pixels inside the drawn part, hard does not fade, none leaves the image as decoded. Default feather."},
  {"name":"upscale","option":"upscale","value":"NAME","kind":"choice","choices":["none","lanczos","refine"],"help":"Double the sides: by interpolation, or by that and drawing over it once more. Default none."},
  {"name":"deadline_s","option":"deadline","value":"N","kind":"whole","help":"A job not begun within this many seconds expires."},
  {"name":"priority","option":"priority","value":"NAME","kind":"choice","choices":["interactive","batch"],"help":"batch costs less and waits until no interactive job does. Default interactive."},
  {"name":"max_cost","option":"max-cost","value":"N","kind":"whole","help":"Whole micro-units: a job that would cost more is refused with 412 before any work."},
];
