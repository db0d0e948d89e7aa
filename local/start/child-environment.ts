/** What a process started here inherits: everything but the keys that only `npm start` itself reads. */
export function childEnvironment(): NodeJS.ProcessEnv {
  const { LOCAL_API_KEY: _key, METER_API_KEY: _meterKey, METRICS_TOKEN: _token, ...inherited } = process.env;
  return inherited;
}
