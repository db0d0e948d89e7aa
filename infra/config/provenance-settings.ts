import { z } from "zod";
import { optionalText, setting, wholeNumber } from "./setting.ts";

/** A path in the worker's container; what `--weights` uploads is below `/weights/model`. */
const containerPath = optionalText(
  /^\/(?!.*(?:^|\/)\.\.?(?:\/|$))[\w.+-]+(?:\/[\w.+-]+){0,20}$/,
  "/weights/model/watermark/watermark.json, which --weights DIR uploads from DIR/watermark/watermark.json",
);

const corners = ["", "bottom-right", "bottom-left", "top-right", "top-left"] as const;

/** Settings of what images say of themselves, and of the records of what was made (docs/compliance.md). */
export const provenanceSettings = {
  signing: setting(
    z.string().regex(/^(create|off|arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+)$/, {
      error: "expected create, off, or the ARN of a key, arn:aws:kms:eu-central-1:123456789012:key/…",
    }),
    "create",
    "KMS key that signs images (C2PA) and the records of each day: `create`, the ARN of an asymmetric key " +
      "(ECC_NIST_P256, SIGN_VERIFY), or `off`; its certificates: npm run credentials",
    "the EU's Code of Practice and California's SB 942 ask for signed metadata; a key costs a dollar a month, and 0.15 " +
      "for 10,000 images",
  ),
  recordYears: setting(
    wholeNumber(1, 30),
    5,
    "years that the record of each job is kept, apart from the job itself (npm run records)",
    "what authorities ask about is asked late; records that are written already stay as long as was said then",
  ),
  labelling: setting(
    z.enum(["", "cn"]) as z.ZodType<"" | "cn">,
    "",
    "`cn`: nothing is drawn without aigcProducer, the provider's code that China's labelling measures ask for",
    "services for people elsewhere have no such code",
  ),
  aigcProducer: setting(
    z.string().max(100).regex(/^\S*$/, { error: "expected a code without spaces" }),
    "",
    "your code as a provider of generated content, in the label that every image carries",
    "providers in China are given one",
  ),
  visibleMark: setting(
    z.enum(corners) as z.ZodType<(typeof corners)[number]>,
    "",
    "corner in which images say `AI生成`: bottom-right, bottom-left, top-right or top-left",
    "services for the public in China must; elsewhere it spoils images",
  ),
  watermark: setting(
    containerPath,
    "",
    "path in the worker's container of the JSON that describes a watermark's networks (docs/pictures.md)",
    "networks are to be chosen and fetched by you",
  ),
  watermarkName: setting(
    optionalText(/^[\w.-]{1,100}$/, "z-image-eu"),
    "",
    "what this deployment is called in its watermarks; z-image where nothing is said",
    "needs watermark",
  ),
} as const;
