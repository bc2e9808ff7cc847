// Makes calls again as client/service_config.json says: connect has no such
// thing of its own. Only the methods that it names, only calls of one message,
// and when the service says so (grpc-retry-pushback-ms), then.

import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";

interface RetryPolicy {
  maxAttempts: number;
  initialBackoff: string;
  maxBackoff: string;
  backoffMultiplier: number;
  retryableStatusCodes: string[];
}

export interface ServiceConfig {
  methodConfig: {
    name: { service: string; method?: string }[];
    retryPolicy: RetryPolicy;
  }[];
  retryThrottling?: { maxTokens: number; tokenRatio: number };
}

const PUSHBACK = "grpc-retry-pushback-ms";

// "RESOURCE_EXHAUSTED" of Code.ResourceExhausted.
const codeName = (code: Code) =>
  Code[code]!.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase();

const milliseconds = (seconds: string) => parseFloat(seconds) * 1000;

const wait = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve, reject) => {
    const ended = () => {
      clearTimeout(timer);
      reject(ConnectError.from(signal.reason));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", ended);
      resolve();
    }, ms);
    if (signal.aborted) ended();
    else signal.addEventListener("abort", ended, { once: true });
  });

export function retries(config: ServiceConfig): Interceptor {
  const throttle = config.retryThrottling;
  let tokens = throttle?.maxTokens ?? 0;

  const policyOf = (service: string, method: string) =>
    config.methodConfig.find(({ name }) =>
      name.some(
        (one) =>
          one.service === service &&
          (one.method === undefined || one.method === method),
      ),
    )?.retryPolicy;

  return (next) => async (request) => {
    const policy = policyOf(request.service.typeName, request.method.name);
    if (policy === undefined || request.stream) return next(request);
    let backoff = milliseconds(policy.initialBackoff);
    for (let attempt = 1; ; ++attempt) {
      try {
        const response = await next(request);
        if (throttle !== undefined) {
          tokens = Math.min(tokens + throttle.tokenRatio, throttle.maxTokens);
        }
        return response;
      } catch (thrown) {
        const error = ConnectError.from(thrown);
        if (
          attempt >= policy.maxAttempts ||
          !policy.retryableStatusCodes.includes(codeName(error.code))
        ) {
          throw error;
        }
        const pushback = error.metadata.get(PUSHBACK);
        const told = pushback === null ? undefined : Number(pushback);
        if (throttle !== undefined) {
          tokens = Math.max(tokens - 1, 0);
          if (tokens <= throttle.maxTokens / 2) throw error;
        }
        // What is no number means the same as a negative one: do not come.
        if (told !== undefined && !(told >= 0)) throw error;
        await wait(told ?? Math.random() * backoff, request.signal);
        backoff = Math.min(
          backoff * policy.backoffMultiplier,
          milliseconds(policy.maxBackoff),
        );
      }
    }
  };
}
