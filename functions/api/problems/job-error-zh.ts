/** Chinese sentences for the errors that end a job. `{message}` is the English text with the numbers. */
const sentences: { readonly [code: string]: string } = {
  out_of_memory: "内存或显存不足，未能生成图片。请减小尺寸或张数后重试。（{message}）",
  invalid_picture: "输入的图片无法读取，请换一张 PNG、JPEG、WebP 或 AVIF 图片。（{message}）",
  invalid_image: "输入的图片无法读取，请换一张 PNG、JPEG、WebP 或 AVIF 图片。（{message}）",
  image_missing: "输入的图片已被删除，请重新上传后再提交。（{message}）",
  image_unreachable: "无法从所给网址下载图片。（{message}）",
  latents_missing: "该任务的 latents 已不在存储中，请重新提交。",
  invalid_latents: "latents 无效。（{message}）",
  non_finite_output: "生成过程中数值溢出，没有得到图片；换一个种子再试。（{message}）",
  flat_output: "两次生成都只得到单一颜色的图片；请换一个种子，或修改提示词。（{message}）",
  worker_lost: "负责该任务的 GPU 进程意外中断，多次重试后仍未完成，请重新提交。",
  engine_failed: "生成引擎出错，未能完成。（{message}）",
  engine_stopped: "生成引擎意外停止，未能完成。（{message}）",
  run_failed: "模型运行出错，未能完成。（{message}）",
  session_failed: "模型无法在该设备上启动。（{message}）",
  device_failed: "GPU 出错，未能完成。（{message}）",
  device_lost: "GPU 已不可用，未能完成。（{message}）",
  invalid_prompt: "提示词无法处理。（{message}）",
  invalid_negative_prompt: "反向提示词无法处理。（{message}）",
  invalid_size: "该模型无法使用这个尺寸。（{message}）",
  invalid_steps: "步数无效。（{message}）",
  invalid_sigmas: "sigmas 无效。（{message}）",
  unsupported_capability: "模型不支持所请求的功能，支持的能力见 GET /v1/models。（{message}）",
  adapter_not_found: "找不到所请求的适配器。（{message}）",
  adapter_missing: "所请求的适配器文件已不在。（{message}）",
  adapter_damaged: "适配器文件已损坏，请重新上传。（{message}）",
  adapter_unreachable: "无法下载适配器文件。（{message}）",
  invalid_file: "模型或适配器文件无法读取。（{message}）",
  no_cutout: "无法把商品与背景分开；请提供带透明通道的照片，或附上 mask。（{message}）",
  product_changed: "商品像素发生了变化，图片未保存。（{message}）",
  max_bytes_exceeded: "在最低质量下文件仍超过所限字节数；请放宽限制或减小尺寸。（{message}）",
  text_reader_failed: "文字识别服务出错。（{message}）",
  content_policy: "该请求不符合内容规定，未生成图片。（{message}）",
  internal_error: "服务内部错误，任务失败，请稍后重试。",
};

/** `undefined` for a code that has no Chinese sentence. */
export function chineseJobError(code: string, message: string): string | undefined {
  return Object.hasOwn(sentences, code) ? sentences[code]!.replace("{message}", () => message) : undefined;
}
