// The changes that the fuzzer makes to a request. Each takes an on-spec draft and changes one thing. Most changes make it
// off-spec; the oracle decides. A change that does not apply returns false.
import { METHODS } from 'node:http';
import { LIMITS } from '@parlance/specs/limits.ts';
import { OPERATIONS } from '../../conformance/contract.ts';
import type { Random } from '../../conformance/random.ts';
import { ofOpenApi } from './contract.ts';
import { misspelt, padded, written } from './json_text.ts';
import { encoded } from './percent.ts';
import type { Draft } from './requests.ts';
import { brokenInteger, brokenMembers, brokenText } from './values.ts';

type Change = (random: Random, draft: Draft) => boolean;

export const CHANGES: Readonly<Record<string, Change>> = {
  'a value of the body': onBody((random, draft) => {
    draft.bytes = written(random, brokenMembers(random, draft.body!, draft.members));
  }),
  'another value of the body': onBody((random, draft) => {
    draft.bytes = written(random, brokenMembers(random, draft.body!, draft.members));
  }),
  'the text of the body': onBody((random, draft) => {
    draft.bytes = misspelt(random, draft.bytes!);
  }),
  'the size of the body': onBody((random, draft) => {
    const beyond = random.pick([0, -1, 1, 1, 2, 3_000]);
    draft.bytes = padded(draft.bytes!, LIMITS.bodyMax + beyond);
  }),
  'the media type': onBody((random, draft) => {
    draft.headers = without(draft.headers, 'content-type');
    const type = random.pick(MEDIA_TYPES);
    if (type !== undefined) draft.headers.push(['content-type', type]);
  }),
  'the encoding of the body': onBody((random, draft) => {
    draft.headers.push(['content-encoding', random.pick(['x', 'zstd', 'compress', 'gzip, x', 'identity'])]);
  }),
  'no body': onBody((_random, draft) => {
    draft.bytes = undefined;
  }),
  'an unexpected body': (random, draft) => {
    if (draft.body || draft.method === 'HEAD') return false;
    draft.bytes = Buffer.from(random.pick(['{}', '{"a":1}', ' ', 'null', '[]', 'x', '"']));
    draft.headers.push(['content-type', random.pick(['application/json', 'text/plain'])]);
    return true;
  },
  'a value of the path': (random, draft) => {
    if (draft.places.length === 0) return false;
    const place = random.pick(draft.places);
    const value = random.chance(0.2) ? random.pick(NO_SEGMENTS) : brokenText(random, place.schema, place.value);
    draft.segments[place.at] = encoded(random, value);
    return true;
  },
  'the encoding of the path': (random, draft) => {
    // The first segment stays: other paths are pages, which the contract does not cover.
    const at = 1 + random.below(draft.segments.length - 1);
    if (draft.segments.length < 2) return false;
    draft.segments[at] = `${draft.segments[at]!.slice(0, 2)}${random.pick(NO_ENCODINGS)}`.replace(/%.?(?=%)/, '');
    return true;
  },
  'another path': (random, draft) => {
    const { segments } = draft;
    const at = random.below(segments.length);
    const changed = random.pick([
      [...segments, ''],
      [...segments, 'more'],
      ['', ...segments],
      segments.map((one, index) => (index === at ? `${one}x` : one)),
      segments.map((one, index) => (index === at ? one.toUpperCase() : one)),
      segments.map((one, index) => (index === at ? '' : one)),
      segments.slice(0, -1),
      ['api', 'internal', ...segments.slice(1)],
      ['api', 'v1', ...segments.slice(1)],
    ]);
    // Other paths are pages, which the contract does not cover, or sockets, which have another contract.
    if (changed[0] !== 'api' || changed.length < 2) return false;
    draft.segments = changed;
    return true;
  },
  'another method': (random, draft) => {
    draft.method = random.pick(OTHER_METHODS);
    return true;
  },
  'an unknown parameter': (random, draft) => {
    const name = random.pick([...UNKNOWN_PARAMETERS, ...PARAMETERS]);
    draft.query.push(random.chance(0.8) ? `${name}=${random.pick(['1', '', 'x', '%00'])}` : name);
    return true;
  },
  'a parameter': (random, draft) => {
    if (draft.operation.query.length === 0) return false;
    const { name, schema } = random.pick(draft.operation.query);
    const whole = ofOpenApi(schema);
    const value =
      whole.type === 'integer' ? brokenInteger(random, whole) : brokenText(random, whole, random.pick(['tea', 'dGVh']));
    draft.query = [...draft.query.filter((one) => !one.startsWith(`${name}=`)), `${name}=${encoded(random, value)}`];
    return true;
  },
  'a parameter twice': (random, draft) => {
    if (draft.operation.query.length === 0) return false;
    const { name } = random.pick(draft.operation.query);
    draft.query.push(`${name}=1`, `${name}=${random.pick(['1', '2', ''])}`);
    return true;
  },
  'both before and after': (_random, draft) => {
    if (draft.operation.id !== 'listMessages') return false;
    draft.query = ['before=3', 'after=1'];
    return true;
  },
  'the encoding of the query': (random, draft) => {
    draft.query.push(`${random.pick(['query', 'limit', 'x'])}=${random.pick(NO_ENCODINGS)}`);
    return true;
  },
  'a header': (random, draft) => {
    if (draft.operation.headers.length === 0) return false;
    const { name } = random.pick(draft.operation.headers);
    draft.headers = [...without(draft.headers, name), [name, random.pick(NO_TAGS)]];
    return true;
  },
  'the credentials': (random, draft) => {
    if (draft.as === 'once' || draft.operation.id === 'logIn') return false;
    draft.as = random.pick(['nobody', 'wrong', 'member', 'cookie']);
    return true;
  },
  'the form of the token': (random, draft) => {
    draft.as = 'nobody';
    draft.headers.push(['authorization', random.pick(NO_TOKENS)]);
    return true;
  },
  'the origin': (random, draft) => {
    // With other credentials a case of `once` would end another user's session, and a log-in that of its cookie.
    if (draft.as !== 'once' && draft.operation.id !== 'logIn') draft.as = random.pick(['cookie', 'nobody', draft.as]);
    const header = random.pick(ORIGINS);
    draft.headers = [...without(draft.headers, header[0]), header];
    return true;
  },
  'the host': (random, draft) => {
    draft.headers.push(['host', random.pick(HOSTS)]);
    return true;
  },
  'the size of a header': (_random, draft) => {
    // The server refuses it before it knows the method: the response to a HEAD would have a body.
    if (draft.method === 'HEAD') return false;
    draft.headers.push(['x-large', 'x'.repeat(17_000)]);
    return true;
  },
};

function onBody(change: (random: Random, draft: Draft) => void): Change {
  return (random, draft) => {
    if (!draft.body) return false;
    change(random, draft);
    return true;
  };
}

const without = (headers: [string, string][], name: string) =>
  headers.filter(([one]) => one.toLowerCase() !== name.toLowerCase());

const PARAMETERS = [...new Set(OPERATIONS.flatMap(({ query }) => query.map(({ name }) => name)))];
const UNKNOWN_PARAMETERS = [
  ...['x', 'Limit', 'LIMIT', 'limit%20', '%00', '__proto__', 'constructor', 'query[a]', 'limit[]', 'roomName', '%2F'],
  ...['toString', '%F0%9F%91%8D', 'a.b', '$where', ''],
];
const OTHER_METHODS = METHODS.filter((one) => !['CONNECT', 'HEAD'].includes(one));
const MEDIA_TYPES = [
  ...['text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'application/jsonx', 'image/png', 'json'],
  ...['multipart/form-data; boundary=x', 'application/', '/json', '', ';', 'application/json; charset=utf-16'],
  ...['application/json; charset=latin1', 'application/json; charset=none', 'application/json-patch+json', undefined],
  ...['text/json', 'application/problem+json', 'application/json, text/plain', '*/*'],
];
const NO_ENCODINGS = ['%', '%%', '%g1', '%ff', '%c0%af', '%ed%a0%80', '%e2%28%a1', '%f4%90%80%80', '%u0041', '%A'];
const NO_SEGMENTS = ['.', '..', '../etc', 'a/b', 'a\\b', 'a;b=1', '%', '%2f', '*', ':roomName', '\u0000', "'--", '<x>'];
const NO_TAGS = [
  ...['', '42', "'42'", '"42', '""', '"x"', '"42", "43"', 'w/"42"', 'W/42', '**', '"42" ', '*, "42"', '"-1"', '"1.0"'],
  ...['"12345678901234567"', 'W/W/"4"', '"4"\t;'],
];
const NO_TOKENS = [
  ...['', 'Bearer', 'Bearer ', 'Bearer x', 'Bearer a.b.c', 'Basic YTpi', 'bearer\tx', 'Bearer null', 'Bearer  x.y.z'],
  ...[`Bearer ${'x'.repeat(3_000)}`, 'Bearer eyJhbGciOiJub25lIn0.e30.', 'Bearer a b', 'Token x'],
];
const ORIGINS: readonly [string, string][] = [
  ...['null', 'https://evil.example', 'x', 'http://', 'file://'].map((one): [string, string] => ['origin', one]),
  ...['cross-site', 'same-site', 'none'].map((one): [string, string] => ['sec-fetch-site', one]),
];
const HOSTS = [
  ...['a b', 'a/b', 'a,b', '<a>', "a'", 'a"b', 'a|b', 'ä', 'a%20b', 'evil.example', 'evil.example:80', 'a@b', ''],
  ...['localhost.evil.example', '127.0.0.1.evil.example', 'localhost', 'sub.localhost:1', '127.0.0.1:9', '[::1]:80'],
];
