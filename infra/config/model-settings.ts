import { z } from "zod";
import { maxSteps } from "../../shared/limits.ts";
import { optionalText, setting, wholeNumber } from "./setting.ts";

/** Settings of the model that workers load and the API offers. */
export const modelSettings = {
  modelId: setting(
    z.string().min(1),
    "z-image-turbo",
    "id under which the API offers the model",
    "the fast one of the two releases",
  ),
  modelFamily: setting(
    z.enum(["turbo", "base"]) as z.ZodType<"turbo" | "base">,
    "turbo",
    "family: a turbo model is drawn without guidance, a base model with",
    "fits modelId",
  ),
  modelSteps: setting(
    wholeNumber(0, maxSteps),
    0,
    "steps when the request does not say; 0 for those of the family's release",
    "a model distilled further has its own number, in its generation_config.json",
  ),
  modelSide: setting(
    wholeNumber(64, 2048),
    1024,
    "sides of an image when the request does not say, in pixels",
    "what the releases were trained for",
  ),
  weightsPrefix: setting(
    z.string().regex(/^[A-Za-z0-9_-][\w.-]*$/),
    "z-image-turbo",
    "folder in the weights bucket that workers load",
    "a new prefix per version lets old and new workers run side by side",
  ),
  modelAliases: setting(
    optionalText(/^[\w./:-]+=[\w./:-]+(,[\w./:-]+=[\w./:-]+)*$/, "dall-e-3=z-image-turbo,gpt-image-1=z-image-turbo"),
    "",
    "more names for the model, as NAME=MODEL separated by commas",
    "clients that name another model need no change; without it their requests are 404",
  ),
};
