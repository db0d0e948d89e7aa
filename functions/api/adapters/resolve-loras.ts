import { type AccountAdapter, AccountAdapters } from "../../../shared/adapters/account-adapters.ts";
import { isAccountAdapter, isAdapterAddress } from "../../../shared/adapters/adapter-id.ts";
import type { ImageParams, Job } from "../../../shared/job.ts";
import type { RouteDependencies } from "../dependencies.ts";
import { adapterAddress, fetchAdapter } from "./fetch-adapter.ts";

type ResolveDependencies = Pick<RouteDependencies, "items" | "objects" | "clock" | "newId" | "localMode" | "budget">;

/**
 * Finds the LoRAs of a request that belong to its account, and fetches those that it names by address: once each, as an
 * address whose file the account has already is not asked again. Ids of the workers' folder are left alone.
 * @throws InvalidInputError `invalid_adapter`; NotFoundError `adapter_not_found`
 */
export async function resolveLoras(
  { accountId, params: { loras } }: Pick<Job, "accountId" | "params">,
  dependencies: ResolveDependencies,
): Promise<Pick<ImageParams, "loras">> {
  if (loras === undefined) return { loras };
  const adapters = new AccountAdapters(dependencies);
  const resolved = [];
  for (const [index, lora] of loras.entries()) {
    const param = `loras.${index}`;
    const isOwn = isAccountAdapter(lora.id);
    if (!isOwn && !isAdapterAddress(lora.id)) {
      resolved.push(lora);
      continue;
    }
    const { id, sha256, parts } = isOwn
      ? await adapters.get(accountId, lora.id, param)
      : await addFromAddress(adapters, { accountId, address: lora.id, param }, dependencies);
    // The address itself is not kept with the job: it may hold a token.
    resolved.push({ id, scale: lora.scale, stored: { sha256, parts } });
  }
  return { loras: resolved };
}

/** @throws InvalidInputError `invalid_adapter` */
export async function addFromAddress(
  adapters: AccountAdapters,
  { accountId, address, param }: { readonly accountId: string; readonly address: string; readonly param: string },
  dependencies: ResolveDependencies,
): Promise<AccountAdapter> {
  const source = withoutQuery(address);
  const known = (await adapters.list(accountId)).find((adapter) => adapter.source === source);
  if (known) return known;
  const request = { accountId, param };
  const file = await adapterAddress(address, request, dependencies);
  const name = fileNameIn(file).slice(0, 200) || "lora";
  return adapters.add({ accountId, name, source }, fetchAdapter(file, request, dependencies), param);
}

/** Tokens and signatures of links lie there, and change from link to link. */
function withoutQuery(address: string): string {
  const url = URL.parse(address);
  return url ? url.origin + url.pathname : address;
}

/** A last segment that is not percent-encoded UTF-8 stays as it is. */
function fileNameIn(address: string): string {
  const segment = URL.parse(address)?.pathname.split("/").at(-1) ?? "";
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
