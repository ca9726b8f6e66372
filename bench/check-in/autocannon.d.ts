// autocannon brings no types: what `load.ts` uses of it (its README, "API").
declare module 'autocannon' {
  type Request = { method: 'GET'; path: string; headers: Record<string, string> };
  type Options = { url: string; connections: number; duration: number; requests: Request[] };
  type Result = {
    requests: { total: number };
    duration: number;
    latency: { p50: number; p99: number };
    statusCodeStats?: Record<string, { count?: number }>;
    errors: number;
    timeouts: number;
  };
  const autocannon: (options: Options) => Promise<Result>;

  export = autocannon;
}
