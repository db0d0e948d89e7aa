// Made from the request schema by `npm run generate:sdk`; do not edit.

export interface RequestOption {
  /** Name of the field in a request. */
  readonly name: string;
  readonly option: string;
  readonly short?: string;
  /** Stands for the value in the help. */
  readonly value?: string;
  readonly kind: "text" | "choice" | "number" | "whole" | "seed" | "switch" | "numbers";
  readonly choices?: readonly string[];
  readonly help: string;
}

export const requestOptions: readonly RequestOption[] = [
  {"name":"model","option":"model","short":"m","value":"ID","kind":"text","help":"Id or alias from GET /v1/models. Default: the first model in that list."},
  {"name":"negative_prompt","option":"negative","value":"TEXT","kind":"text","help":"What the image should not show. Effective only with guidance above 0."},
  {"name":"size","option":"size","short":"s","value":"WxH","kind":"text","help":"WIDTHxHEIGHT in pixels, both multiples of 16. Give one of size, width and height, or aspect_ratio. Default: with image, the closest supported size to it; otherwise the model's default size."},
  {"name":"aspect_ratio","option":"aspect","value":"A:B","kind":"text","help":"Width:height between 1:4 and 4:1, at about the pixel count of the model's default size."},
  {"name":"n","option":"n","short":"n","value":"N","kind":"whole","help":"Number of images; image i uses seed + i. Default 1."},
  {"name":"seed","option":"seed","value":"N","kind":"seed","help":"The same seed gives the same image. At most 2^64 − 1, of which the lower 53 bits count. Default, and −1: random, and reported."},
  {"name":"steps","option":"steps","value":"N","kind":"whole","help":"Number of denoising steps. Default: the model's."},
  {"name":"sigmas","option":"sigmas","value":"X,X,…","kind":"numbers","help":"Noise levels of the steps, in place of steps: falling, with 1 for pure noise; the final 0 is implied, and no shift is applied. For models and LoRAs distilled to certain levels."},
  {"name":"sampler","option":"sampler","value":"NAME","kind":"choice","choices":["euler","heun","euler_ancestral"],"help":"How a step is taken: euler (default); heun, finer at two network calls a step; euler_ancestral, with fresh noise in every step."},
  {"name":"shift","option":"shift","value":"X","kind":"number","help":"Larger spends more of the steps at high noise. Default by model: 3 for Turbo, 6 for Base."},
  {"name":"guidance","option":"guidance","value":"X","kind":"number","help":"Classifier-free guidance scale; 0 is off. The prediction is positive + guidance · (positive − negative)."},
  {"name":"cfg_normalization","option":"cfg-normalization","kind":"switch","help":"Limit the norm of the guided prediction to that of the positive one. Default false."},
  {"name":"cfg_truncation","option":"cfg-truncation","value":"X","kind":"number","help":"Turn guidance off once 1 − sigma exceeds this value. Default 1: never."},
  {"name":"strength","option":"strength","value":"X","kind":"number","help":"How far to depart from image, above 0 to 1: the share of the steps that is run. Default 0.6; with a mask, 1."},
  {"name":"mask_mode","option":"mask-mode","value":"NAME","kind":"choice","choices":["white","black","transparent"],"help":"Which parts of the mask mark what is redrawn: white, black or transparent ones. Default white."},
  {"name":"mask_blend","option":"mask-blend","value":"NAME","kind":"choice","choices":["feather","hard","none"],"help":"The edge of the mask in the finished image: feather keeps what the mask protects to the pixel and fades over a few pixels inside the drawn part, hard does not fade, none leaves the image as decoded. Default feather."},
  {"name":"upscale","option":"upscale","value":"NAME","kind":"choice","choices":["none","lanczos","refine"],"help":"Double width and height: lanczos interpolates; refine also redraws the result at strength 0.35, which is priced as the steps that it takes. Default none."},
  {"name":"deadline_s","option":"deadline","value":"N","kind":"whole","help":"Expire the job if it has not started within this many seconds."},
  {"name":"priority","option":"priority","value":"NAME","kind":"choice","choices":["interactive","batch"],"help":"Lane of the job: batch costs less and runs when no interactive job is waiting. Default interactive."},
  {"name":"max_cost","option":"max-cost","value":"N","kind":"whole","help":"Maximum price in whole micro-units; a job that would cost more is refused with 412."},
];
