import { Hono } from "hono";
import * as z from "zod";
import { parseInfotext } from "../../../../../shared/image-files/infotext.ts";
import { readPngTexts } from "../../../../../shared/image-files/png-text.ts";
import { maxBodyBytes } from "../../../../../shared/limits.ts";
import { parseFields } from "../../../../../shared/request/field-errors.ts";
import type { ApiEnv, RouteDependencies } from "../../../dependencies.ts";
import { bodyLimit } from "../../../http/body-limit.ts";
import { readJsonBody } from "../../../http/json-body.ts";

const requestSchema = z.object({ image: z.string().min(1).max(maxBodyBytes) });

/** `png-info`: what a PNG says of how it was drawn. Nothing for other files, and for PNGs that say nothing. */
export function pngInfoRoute({ authenticate }: RouteDependencies): Hono<ApiEnv> {
  return new Hono<ApiEnv>().post("/png-info", authenticate("models:read"), bodyLimit(), async (c) => {
    const { image } = parseFields(requestSchema, await readJsonBody(c.req.raw));
    const comma = image.startsWith("data:") ? image.indexOf(",") + 1 : 0;
    const { parameters: info = "", ...others } = Object.fromEntries(
      readPngTexts(Buffer.from(image.slice(comma), "base64")),
    );
    return c.json({
      info,
      items: info === "" ? others : { parameters: info, ...others },
      parameters: parseInfotext(info),
    });
  });
}
