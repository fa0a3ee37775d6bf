// The assets and downloads of the documentation. The name of an asset has the hash of its content; of swagger-ui-dist only
// the two files that the page needs are served. Downloads are the contract and its releases, byte for byte.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CLOSE_CODES } from '@parlance/specs/close_codes.ts';
import { Router } from 'express';
import { Representation } from '../representation.ts';
import { filesOf, versions } from './releases.ts';
import { limits, problems } from './tables.ts';

const LOADED: Record<string, string> = {
  'docs.css': './assets/docs.css',
  'docs.js': './assets/docs.js',
  'try.css': './assets/try.css',
  'try.js': './assets/try.js',
  'swagger-ui.css': 'swagger-ui-dist/swagger-ui.css',
  'swagger-ui-bundle.js': 'swagger-ui-dist/swagger-ui-bundle.js',
};
const TYPES: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.yaml': 'application/yaml; charset=utf-8',
};

export interface Download {
  path: string;
  representation: Representation;
}

export interface DocFiles {
  router: Router;
  /** The URL path of an asset. @throws Error on another name. */
  url(name: string): string;
  /** The total size of assets, uncompressed. */
  megabytes(...names: string[]): string;
  downloads: Download[];
}

/** Reads every file once. */
export function docFiles(): DocFiles {
  const files = new Map<string, Representation>();
  const urls = new Map<string, string>();
  const sizes = new Map<string, number>();
  for (const [name, from] of Object.entries(LOADED)) {
    const body = readFileSync(fileURLToPath(import.meta.resolve(from)));
    const hash = createHash('sha256').update(body).digest('hex').slice(0, 12);
    const hashed = name.replace(/(\.\w+)$/, `-${hash}$1`);
    files.set(hashed, new Representation(TYPES[extname(name)]!, body));
    urls.set(name, `/docs/assets/${hashed}`);
    sizes.set(name, body.length);
  }
  const router = Router({ caseSensitive: true, strict: true });
  router.get('/docs/assets/:file', (request, response, next) => {
    const file = files.get(request.params.file);
    if (!file) return next();
    response.set('Cache-Control', 'public, max-age=31536000, immutable');
    file.sendTagged(request, response);
  });
  const url = (name: string) => {
    const found = urls.get(name);
    if (found === undefined) throw new Error(`there is no file ${name}`);
    return found;
  };
  const megabytes = (...names: string[]) =>
    (names.reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0) / 1_000_000).toFixed(1);
  return { router, url, megabytes, downloads: downloads() };
}

function downloads(): Download[] {
  const read = (url: string) => readFileSync(fileURLToPath(import.meta.resolve(url)), 'utf8');
  const json = (value: unknown) => `${JSON.stringify(value, null, 1)}\n`;
  const texts: Record<string, string> = {
    'openapi.json': read('@parlance/specs/openapi.json'),
    'asyncapi.json': read('@parlance/specs/asyncapi.json'),
    'client.openapi.json': read('@parlance/specs/client.openapi.json'),
    'openapi.yaml': read('./generated/openapi.yaml'),
    'asyncapi.yaml': read('./generated/asyncapi.yaml'),
    'problems.json': json(problems()),
    'close-codes.json': json(CLOSE_CODES),
    'limits.json': json(limits()),
  };
  for (const version of versions()) {
    for (const [name, text] of filesOf(version)) texts[`${version}/${name}`] = text;
  }
  return Object.entries(texts).map(([name, text]) => ({
    path: `/docs/${name}`,
    representation: new Representation(TYPES[extname(name)]!, text),
  }));
}
