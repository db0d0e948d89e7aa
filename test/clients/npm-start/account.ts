import { inject } from "vitest";

/** URL of the running pipeline. */
export const url = inject("url");
export const wrongKey = "not-one-of-our-keys";

/** A key of an account that this test file has to itself, with ten dollars. */
export const key = await openAccount();

/** Takes long enough to be canceled while it is drawn. */
export const longJob = { prompt: "a red cup", width: 512, height: 512, steps: 50, n: 4 };

export interface Answer<Body> {
  readonly status: number;
  readonly body: Body;
}

/** A plain request, for services whose users send HTTP themselves. `Body` is what the caller takes the response for. */
export async function send<Body = unknown>(
  method: string,
  path: string,
  body?: unknown,
  { authorization = `Bearer ${key}`, ...headers }: { readonly [name: string]: string } = {},
): Promise<Answer<Body>> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization, "content-type": "application/json", ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Body };
}

export interface NativeJob {
  readonly id: string;
  readonly status: string;
}

/** The job as the native API shows it, under the id that every other API shows. */
export async function jobOf(id: string): Promise<NativeJob> {
  return (await send<NativeJob>("GET", `/v1/jobs/${id}`)).body;
}

/** The account's jobs so far, newest first, at most 100. */
export async function allJobs(): Promise<NativeJob[]> {
  return (await send<{ data: NativeJob[] }>("GET", "/v1/jobs?limit=100")).body.data;
}

/** Micro-units that the account has spent, or that are held for open jobs. */
export async function spent(): Promise<number> {
  return (await send<{ spent_this_month: number }>("GET", "/v1/balance")).body.spent_this_month;
}

async function openAccount(): Promise<string> {
  const headers = { authorization: `Bearer ${inject("operatorKey")}`, "content-type": "application/json" };
  const post = async <Body>(path: string, body: object) => {
    const response = await fetch(`${url}/v1/accounts${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`POST /v1/accounts${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Body;
  };
  const { id } = await post<{ id: string }>("", {});
  await post(`/${id}/credits`, { amount: 10_000_000, reference: "test" });
  return (await post<{ value: string }>(`/${id}/keys`, {})).value;
}
