/**
 * What CUDA's words say of the GPU. `device_lost`: it is gone, whatever was drawn. `device_failed`: this process can
 * use it no more, and the job at hand may be the reason. Being out of memory is neither: a smaller image may still fit.
 */
export function deviceCode(message: string): "device_lost" | "device_failed" | undefined {
  // cudaErrorDevicesUnavailable, cudaErrorNoDevice, cudaErrorECCUncorrectable; the driver's own words.
  if (
    /CUDA (?:failure|error) (?:46|100|214)\b|no CUDA-capable device|uncorrectable ECC error|GPU is lost/i.test(message)
  ) {
    return "device_lost";
  }
  // cudaErrorIllegalAddress, cudaErrorLaunchTimeout, cudaErrorLaunchFailure: every later call fails too.
  if (/CUDA (?:failure|error) (?:700|702|719)\b|unspecified launch failure|illegal memory access/i.test(message)) {
    return "device_failed";
  }
  return undefined;
}
