// The security headers of every answer of the website: what a browser may load, frame, connect to and store.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { refuseOtherHosts } from '@parlance/service/hosts.ts';
import { Problem } from '@parlance/service/problem.ts';
import type { RequestHandler } from 'express';
import helmet from 'helmet';
import type { WebsiteSettings } from './settings.ts';

/** Browser features that no page of ours uses. clipboard-write is not listed: copying an invitation needs it. */
const UNUSED = [
  ...['accelerometer', 'autoplay', 'camera', 'clipboard-read', 'display-capture', 'encrypted-media', 'fullscreen'],
  ...['gamepad', 'geolocation', 'gyroscope', 'hid', 'identity-credentials-get', 'idle-detection', 'local-fonts'],
  ...['magnetometer', 'microphone', 'midi', 'otp-credentials', 'payment', 'picture-in-picture'],
  ...[
    'publickey-credentials-create',
    'publickey-credentials-get',
    'screen-wake-lock',
    'serial',
    'storage-access',
    'usb',
  ],
  ...['window-management', 'xr-spatial-tracking'],
];
const PERMISSIONS = UNUSED.map((feature) => `${feature}=()`).join(', ');

/** Allows scripts and styles only from this origin, sockets only to this host, and no frames. */
export function securityHeaders(settings: WebsiteSettings): RequestHandler {
  const secure = settings.PUBLIC_URL?.startsWith('https:') ?? false;
  const strict = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: [
          "'self'",
          (req) => (settings.PUBLIC_URL ?? `http://${req.headers.host ?? 'localhost'}`).replace(/^http/, 'ws'),
        ],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: secure ? { maxAge: 31_536_000 } : false,
    referrerPolicy: { policy: 'same-origin' },
  });
  const refuseOthers = refuseOtherHosts(settings);
  const byHost = new Map<string, Headers>();
  return (req, res, next) => {
    // The policy contains the Host: a malformed one could inject directives. HTTP/1.1 requires exactly one.
    const hosts = req.headersDistinct.host ?? (req.httpVersion === '1.0' ? [''] : []);
    if (hosts.length !== 1 || !/^[A-Za-z0-9.[\]:_-]*$/.test(hosts[0]!)) {
      res.setHeader('Permissions-Policy', PERMISSIONS);
      return next(new Problem('invalid_request', 'Bad Host.'));
    }
    const [host] = hosts as [string];
    let headers = byHost.get(host);
    if (!headers) {
      headers = setBy(strict, req);
      if (byHost.size >= HOSTS_MAX) byHost.clear();
      byHost.set(host, headers);
    }
    for (const [name, value] of headers) res.setHeader(name, value);
    refuseOthers(req);
    next();
  };
}

type Headers = readonly (readonly [name: string, value: string])[];

/** Maximum number of hosts whose headers are cached: a client can send any Host. */
const HOSTS_MAX = 100;

/** The headers that helmet sets. They depend only on the Host, and computing them takes 80 µs, so they are cached. */
function setBy(strict: ReturnType<typeof helmet>, request: IncomingMessage): Headers {
  const headers: [string, string][] = [['Permissions-Policy', PERMISSIONS]];
  const setHeader = (name: string, value: string) => void headers.push([name, value]);
  let failed: unknown;
  strict(request, { setHeader, removeHeader: () => undefined } as unknown as ServerResponse, (error) => {
    failed = error;
  });
  if (failed) throw failed;
  return headers;
}
