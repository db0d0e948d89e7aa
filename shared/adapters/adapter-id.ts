/** Whether an id is one of an account's own adapters, and not of the workers' folder. */
export function isAccountAdapter(id: string): boolean {
  return /^lora_[0-9A-Z]{26}$/.test(id);
}

/** Whether a request names a LoRA by its address, and not by an id. */
export function isAdapterAddress(text: string): boolean {
  return /^https?:\/\//i.test(text);
}
