/**
 * Chinese sentences for the errors that people meet most. `{param}` is the field, `{message}` the English text with the
 * numbers.
 */
const sentences: { readonly [code: string]: string } = {
  unauthorized: "缺少 API 密钥，或密钥无效、已过期或已吊销。请使用请求头 Authorization: Bearer <密钥>。",
  insufficient_scope: "该 API 密钥没有执行此操作的权限。（{message}）",
  limit_exceeded: "不能超过发起请求的密钥自身的限额或有效期。（{message}）",
  route_not_found: "没有这个接口，请查看 /openapi.json 或 /docs。（{message}）",
  method_not_allowed: "该路径不支持此请求方法。（{message}）",
  job_not_found: "找不到该任务：任务不存在，或不属于此账户。",
  file_not_found: "文件不存在。",
  link_invalid: "链接签名无效，请重新查询任务以获取新链接。",
  link_expired: "链接已过期，请重新查询任务以获取新链接。",
  payload_too_large: "请求体过大。（{message}）",
  unsupported_media_type: "请以 Content-Type: application/json 发送请求体。（{message}）",
  invalid_json: "请求体不是有效的 JSON。（{message}）",
  invalid_value: "字段 {param} 的值无效。（{message}）",
  invalid_size: "图片尺寸无效：字段 {param}。（{message}）",
  size_unknown: "报价需要给出图片尺寸 size。（{message}）",
  unknown_field: "未知字段 {param}。（{message}）",
  unsupported_capability: "暂不支持 {param}，支持的能力见 GET /v1/models。",
  adapter_not_found: "此处没有 {param} 所指的适配器。（{message}）",
  vocabulary_not_found: "该模型没有词汇表：它按提示词自由生成。",
  model_not_found: "此处没有所请求的模型。（{message}）",
  invalid_cursor: "分页游标无效，请不带 cursor 重新查询。",
  idempotency_key_reused: "该 Idempotency-Key 已用于内容不同的请求，请更换新的键。",
  webhook_url_invalid: "{param} 必须是完整的网址。（{message}）",
  webhook_url_forbidden: "{param} 指向不允许访问的地址。（{message}）",
  image_url_invalid: "{param} 必须是图片的完整网址。（{message}）",
  image_url_forbidden: "{param} 的图片网址不允许访问。（{message}）",
  adapter_url_invalid: "{param} 必须是适配器文件的完整网址。（{message}）",
  adapter_url_forbidden: "{param} 的适配器网址不允许访问。（{message}）",
  webhook_endpoint_not_found: "找不到该 webhook 端点：端点不存在，或不属于此账户。",
  too_many_keys: "有效密钥数量已达上限，请先吊销不用的密钥。（{message}）",
  too_many_files: "文件数量已达上限，请先删除不用的文件。（{message}）",
  too_many_adapters: "LoRA 数量已达上限，请先删除不用的。（{message}）",
  account_storage_full: "该账户的存储空间已满，请先删除文件或 LoRA。（{message}）",
  webhook_endpoint_limit: "webhook 端点数量已达上限，请先删除不用的端点。（{message}）",
  webhook_endpoint_disabled: "该 webhook 端点已停用或已删除，请先重新启用。（{message}）",
  delivery_not_found: "找不到该投递记录：记录不存在，或不属于此账户。",
  content_policy: "内容不符合本服务的内容规则，不会收费；重复相同请求仍会被拒绝，请修改提示词。（{message}）",
  moderation_unavailable: "内容审核服务暂时没有响应，未创建任务，也不会收费。请按 Retry-After 等待后重试。",
  insufficient_balance: "账户余额不足，未创建任务。（{message}）",
  spend_limit: "已达到本月消费上限，未创建任务。（{message}）",
  max_cost_exceeded: "该任务的价格高于 max_cost，未创建任务。（{message}）",
  rate_limited: "请求过于频繁，请按 Retry-After 等待后重试。（{message}）",
  concurrency_limit: "未完成的任务过多，请按 Retry-After 等待后重试。（{message}）",
  too_many_fetches: "该账户或该主机正在下载的文件过多，请按 Retry-After 等待后重试，或改为上传文件。",
  service_busy: "服务当前处理的请求数据已达上限，请按 Retry-After 等待后重试。",
  queue_full: "排队的任务过多，请按 Retry-After 等待后重试。（{message}）",
  account_not_found: "找不到该账户。",
  key_not_found: "找不到该 API 密钥。",
  key_not_live: "该 API 密钥已吊销或已过期，请创建新的密钥。",
  reference_used: "该 reference 已用于金额不同的充值。（{message}）",
  storage_full: "服务器磁盘已满，未创建任何内容，也不会收费。请在运维人员清理空间后重试。",
  internal_error: "服务器内部错误，请稍后重试；若持续出现，请提供 request_id。",
};

/** Whether the first language that `Accept-Language` ranks highest among Chinese and English is Chinese. */
export function prefersChinese(acceptLanguage: string | undefined): boolean {
  let best = { chinese: false, weight: 0 };
  for (const part of (acceptLanguage ?? "").slice(0, 500).split(",")) {
    const [tag = "", ...parameters] = part.trim().toLowerCase().split(";");
    const quality = parameters.find((parameter) => parameter.trim().startsWith("q="));
    const weight = quality === undefined ? 1 : Number(quality.trim().slice(2)) || 0;
    const chinese = /^zh(-|$)/.test(tag);
    if ((chinese || /^(en(-|$)|\*$)/.test(tag)) && weight > best.weight) best = { chinese, weight };
  }
  return best.chinese;
}

/** `undefined` when there is no Chinese sentence for this code. */
export function chineseDetail(code: string, param: string | undefined, message: string): string | undefined {
  if (!Object.hasOwn(sentences, code)) return undefined;
  return sentences[code]!.replace("{param}", () => param ?? "body").replace("{message}", () => message);
}
