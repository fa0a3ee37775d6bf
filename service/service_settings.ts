// The environment variables that all services read.
import { LIMITS } from '@parlance/specs/limits.ts';
import type { SettingsSpec } from './settings.ts';

export const SERVICE_SETTINGS = {
  HOST: { kind: 'string', default: '0.0.0.0', description: 'The address both listeners listen on.' },
  PORT: { kind: 'port', default: 8080, description: 'The public listener.' },
  INTERNAL_PORT: {
    kind: 'port',
    default: 8081,
    description: 'The internal listener: /readyz and /metrics; of the website also the internal API for chat.',
  },
  PUBLIC_URL: {
    kind: 'origin',
    description: 'The public origin of the site, such as https://chat.example.org. Unset: http:// and the Host header.',
  },
  ALLOWED_HOSTS: {
    kind: 'hosts',
    description: 'Host names that are allowed in addition to the host of PUBLIC_URL, loopback names and IP addresses.',
  },
  ALLOWED_ORIGINS: {
    kind: 'origins',
    description: 'Other origins that may use the API with bearer tokens (CORS, never cookies) and open sockets.',
  },
  TRUSTED_PROXIES: { kind: 'cidrs', description: 'Proxies whose X-Forwarded-For and X-Request-Id are trusted.' },
  REQUESTS_PER_ADDRESS: {
    kind: 'integer',
    default: LIMITS.requestsPerAddress,
    min: 1,
    unit: 'requests per second',
    description: 'Average rate of requests from one address; requests beyond REQUEST_BURST_PER_ADDRESS are refused.',
  },
  REQUEST_BURST_PER_ADDRESS: {
    kind: 'integer',
    default: LIMITS.requestBurstPerAddress,
    min: 1,
    unit: 'requests',
    description: 'Maximum number of requests that one address may send in a burst.',
  },
  REQUESTS_AT_ONCE_PER_ADDRESS: {
    kind: 'integer',
    default: LIMITS.requestsAtOncePerAddress,
    min: 1,
    unit: 'requests',
    description: 'Maximum number of concurrent requests from one address; further ones wait in a queue.',
  },
  CONNECTIONS_PER_ADDRESS: {
    kind: 'integer',
    default: LIMITS.connectionsPerAddress,
    min: 1,
    unit: 'connections',
    description:
      'Maximum number of open HTTP connections from one address, not counting WebSockets; does not apply to trusted proxies.',
  },
  INTERNAL_SECRET: {
    kind: 'secret',
    required: true,
    description:
      'The secret that website and chat share; also authenticates notifications between chat processes through Redis.',
  },
  LOG_LEVEL: { kind: 'level', default: 'info', description: 'The minimum level logged.' },
} as const satisfies SettingsSpec;
