import { Hono } from "hono";
import type * as z from "zod";
import { type AccountAdapter, AccountAdapters } from "../../../shared/adapters/account-adapters.ts";
import { InvalidInputError } from "../../../shared/errors.ts";
import { type PublishedAdapter, readPublishedAdapters } from "../../../shared/model-catalog/worker-models.ts";
import { parseFields } from "../../../shared/request/field-errors.ts";
import { makeWarning, type Warning } from "../../../shared/warnings/warning.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { bodyLimit } from "../http/body-limit.ts";
import { readForm } from "../http/form-body.ts";
import { isoTime } from "../http/iso-time.ts";
import { readJsonBody } from "../http/json-body.ts";
import { requestLanguage } from "../http/request-language.ts";
import { presentWarning } from "../jobs/present-job.ts";
import { adapterRequestSchema } from "./adapter-request.ts";
import type {
  adapterListSchema,
  adapterSchema,
  addedAdapterSchema,
  deletedAdapterSchema,
} from "./adapter-responses.ts";
import { checkedPeftSettings, lacksPeftSettings, withPeftSettings } from "./peft-settings.ts";
import { addFromAddress } from "./resolve-loras.ts";

/**
 * `/v1/adapters`: the LoRAs and ControlNets that requests may name, those of the workers' folder and the account's own.
 */
export function adaptersRoute(dependencies: RouteDependencies): Hono<ApiEnv> {
  const { items, clock, authenticate } = dependencies;
  const adapters = new AccountAdapters(dependencies);
  return new Hono<ApiEnv>()
    .get("/", authenticate("models:read"), async (c) => {
      const { loras, controlnets } = await readPublishedAdapters(items, clock.now());
      const own = await adapters.list(c.get("identity").accountId);
      const list: z.infer<typeof adapterListSchema> = {
        object: "list",
        loras: [...own.map(presentOwn), ...loras.map(presentAdapter)],
        controlnets: controlnets.map(presentAdapter),
      };
      return c.json(list);
    })
    .post("/", authenticate("files:write"), bodyLimit(largerFiles), async (c) => {
      const { accountId } = c.get("identity");
      const isForm = /^multipart\/form-data/i.test(c.req.header("content-type") ?? "");
      const { adapter, warnings = [] } = isForm
        ? await addFromForm(adapters, accountId, await readForm(c.req.raw))
        : { adapter: await addFromHub(adapters, accountId, await readJsonBody(c.req.raw), dependencies) };
      const language = requestLanguage(c);
      const added: z.infer<typeof addedAdapterSchema> = {
        ...presentOwn(adapter),
        warnings: warnings.map((warning) => presentWarning(warning, language)),
      };
      return c.json(added, 201);
    })
    .delete("/:id", authenticate("files:write"), async (c) => {
      const id = c.req.param("id");
      await adapters.remove(c.get("identity").accountId, id);
      const deleted: z.infer<typeof deletedAdapterSchema> = { id, object: "adapter", deleted: true };
      return c.json(deleted);
    });
}

/** Files of LoRAs are mostly larger than a request may be. */
const largerFiles =
  'put a larger file on one of the hubs and send its address in its place: {"url": "https://huggingface.co/…"} or {"repository": "owner/name"}';

interface Added {
  readonly adapter: AccountAdapter;
  readonly warnings?: Warning[];
}

async function addFromForm(adapters: AccountAdapters, accountId: string, form: FormData): Promise<Added> {
  const file = form.get("file");
  if (!(file instanceof File)) {
    const message = "file is required: a form with a LoRA file named file";
    throw new InvalidInputError("invalid_value", message, { param: "file" });
  }
  const config = form.get("config");
  const settings = config instanceof File ? await config.text() : (config ?? undefined);
  const sent = new Uint8Array(await file.arrayBuffer());
  const bytes = settings === undefined ? sent : withPeftSettings(sent, checkedPeftSettings(settings, "config"));
  async function* parts() {
    if (bytes.length > 0) yield bytes;
  }
  const adapter = await adapters.add({ accountId, name: file.name.slice(0, 200) }, parts(), "file");
  if (!lacksPeftSettings(bytes)) return { adapter };
  return {
    adapter,
    warnings: [makeWarning("lora_without_settings", { adapter: adapter.name, id: adapter.id }, "config")],
  };
}

async function addFromHub(
  adapters: AccountAdapters,
  accountId: string,
  body: unknown,
  dependencies: RouteDependencies,
): Promise<AccountAdapter> {
  const { url, repository } = parseFields(adapterRequestSchema, body);
  if ((url === undefined) === (repository === undefined)) {
    const message = "give one of url and repository, or a form with a file";
    throw new InvalidInputError("invalid_value", message, { param: "url" });
  }
  const address = url ?? `https://huggingface.co/${repository}`;
  const param = url === undefined ? "repository" : "url";
  return addFromAddress(adapters, { accountId, address, param }, dependencies);
}

function presentAdapter({
  id,
  rank,
  base,
  sha256,
  licence,
  origin,
  triggerWords = [],
}: PublishedAdapter): z.infer<typeof adapterSchema> {
  return {
    id,
    object: "adapter",
    owner: "service",
    rank: rank ?? null,
    base: base ?? null,
    license: licence ?? null,
    source: origin ?? null,
    revision: sha256 === undefined ? null : `sha256:${sha256}`,
    sha256: sha256 ?? null,
    trigger_words: [...triggerWords],
  };
}

function presentOwn(adapter: AccountAdapter): z.infer<typeof adapterSchema> {
  const { name, bytes, source, createdAt } = adapter;
  const described = presentAdapter(adapter);
  return {
    ...described,
    owner: "account",
    name,
    bytes,
    source: source ?? described.source,
    created_at: isoTime(createdAt),
  };
}
