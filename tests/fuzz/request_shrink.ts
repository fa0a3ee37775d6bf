// Yields smaller variants of a failing request, and prints a request as a curl command.
import type { FuzzRequest } from './requests.ts';
import { fewer, shorter } from './shrink.ts';

export function* smallerRequests(request: FuzzRequest): Generator<FuzzRequest> {
  const { headers, body, target } = request;
  const [path = '', query] = target.split(/\?(.*)/s, 2);
  if (query !== undefined) {
    for (const pairs of fewer(query.split('&'))) {
      yield { ...request, target: pairs.length > 0 ? `${path}?${pairs.join('&')}` : path };
    }
  }
  for (const less of fewer(headers)) yield { ...request, headers: less };
  if (body !== undefined) {
    yield { ...request, body: undefined };
    for (const less of shorter(body)) yield { ...request, body: less };
  }
  // A segment loses characters but is not removed: without it the path names another operation.
  const segments = path.split('/');
  for (const [at, segment] of segments.entries()) {
    if (segment.length < 2) continue;
    for (const less of fewer(segment.match(/%[0-9a-f]{2}|./gi) ?? [])) {
      if (less.length === 0) continue;
      yield {
        ...request,
        target: segments.with(at, less.join('')).join('/') + (query === undefined ? '' : `?${query}`),
      };
    }
  }
  for (const [at, [name, value]] of headers.entries()) {
    for (const less of fewer(Array.from(value))) yield { ...request, headers: headers.with(at, [name, less.join('')]) };
  }
}

/** A shell command that sends the request; it takes the actor's credentials from an environment variable. */
export function curlOf({ method, target, headers, body, as }: FuzzRequest): string {
  const quoted = (text: string) => `$'${text.replace(/[\\']/g, '\\$&').replace(/[^ -~]/g, escaped)}'`;
  const escaped = (mark: string) => `\\x${mark.charCodeAt(0).toString(16).padStart(2, '0')}`;
  const bytes = body && quoted(body.toString('latin1'));
  return [
    `curl -i --path-as-is -X ${method} ${quoted(`http://localhost:8080${target}`)}`,
    ...(as === 'nobody' ? [] : [`-H "Authorization: Bearer $${as.toUpperCase()}"`]),
    ...headers.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(bytes === undefined ? [] : [`--data-binary ${bytes}`]),
  ].join(' ');
}
