// Finds the numbers in published words, by the place in which they are: an operation, a schema, a code, a section of a page.
// Knows no number by itself.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LIMITS } from '@parlance/specs/limits.ts';
import { PAGES } from '@parlance/website/docs/pages.ts';
import nunjucks from 'nunjucks';
import { parse } from 'yaml';
import { number } from './write.ts';

/** The numbers of each place, in the order of its text, each with its unit: `25 s`, `4,000`, `an hour`. */
export type Numbers = Record<string, string[]>;

const root = join(import.meta.dirname, '../../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

/** Names and versions of standards, which are no claims about the server. */
const STANDARDS = /\b(?:RFC|UTS|OpenAPI|AsyncAPI|Unicode|PostgreSQL|Node) [\d.]*\d|\bHTTP\/[\d.]+\d/g;
const UNIT = '(?: ?(?:ms|s|min|KiB|MiB|MB|%)\\b| (?:seconds?|minutes?|hours?|days?)\\b)';
const NUMBER = new RegExp(
  `\\b(?:an?|one) (?:second|minute|hour|day)\\b(?! (?:message|line|client))|\\b(?:three|five|ten) times\\b|(?<![\\w.+-])(?!\\dxx)\\d[\\d,]*(?:\\.\\d+)*(?:\\^\\d+)?${UNIT}?`,
  'g',
);

export const numbersIn = (text: string): string[] =>
  Array.from(
    text
      .replaceAll(STANDARDS, '')
      .replaceAll(/https?:\/\/\S+/g, '')
      .replace(/\s+/g, ' ')
      .matchAll(NUMBER),
    ([number]) => number.replace(/,$/, ''),
  );

/** The keys of the contract whose values are words for people. */
const WORDS = ['summary', 'description', 'title', 'meaning', 'advice', 'when', 'detail', 'x-pattern-says', 'client'];

/** With the values of the limits that it names. */
const filled = (text: string): string =>
  text.replaceAll(/\{limits\.(\w+)\}/g, (_, name: keyof typeof LIMITS) => number(LIMITS[name]));

type Node = Record<string, unknown> | unknown[];

/** What a node of a document is called: the operation, or the named thing that contains it. */
function nameOf(path: readonly string[], operationId: string | undefined): string {
  const [first = '', second = '', third = ''] = path;
  if (first === 'paths') return operationId ?? second;
  if (path.includes('x-handshake')) return 'x-handshake';
  return first === 'components' ? third : first === 'channels' || first === 'operations' ? second : first;
}

function visit(
  node: Node,
  path: readonly string[],
  operation: string | undefined,
  found: (at: string, text: string) => void,
): void {
  const id = (node as { operationId?: string }).operationId ?? operation;
  for (const [key, value] of Object.entries(node)) {
    if (typeof value === 'string' && WORDS.includes(key)) found(nameOf(path, id), filled(value));
    else if (typeof value === 'object' && value !== null) visit(value as Node, [...path, key], id, found);
  }
}

/** Of every word in the contract that a reader of the documents sees. */
export function numbersOfContract(): Numbers {
  const numbers: Numbers = {};
  const schemas = readdirSync(join(root, 'specs/schemas')).map((name) => `schemas/${name}`);
  for (const file of [
    'openapi.yaml',
    'asyncapi.yaml',
    'problems.yaml',
    'close-codes.yaml',
    'limits.yaml',
    ...schemas,
  ]) {
    const document = parse(read(`specs/${file}`), { merge: true });
    const base = file.replace(/\.yaml$/, '').replace('schemas/', '');
    visit(document, [], undefined, (at, text) => {
      const place = file.startsWith('schemas/') ? base : `${base} ${at}`;
      const found = numbersIn(text);
      if (found.length > 0) numbers[place] = [...(numbers[place] ?? []), ...found];
    });
  }
  return numbers;
}

/** What people wrote of a page: without code, and without what is generated from the contract. */
function handwritten(source: string): string {
  let text = source
    .replaceAll(/^ *```[\s\S]*?^ *```$/gm, '')
    .replaceAll(/<!--[\s\S]*?-->|<svg[\s\S]*?<\/svg>|<[a-z][^<>\n]*>/g, '');
  for (let before = ''; before !== text; ) {
    before = text;
    text = text.replace(/\{% for (?:(?!\{% for)[\s\S])*?\{% endfor %\}/, '');
  }
  const environment = new nunjucks.Environment(null, { autoescape: false });
  environment.addFilter('n', (number: number) => number.toLocaleString('en'));
  const rendered = environment.renderString(text.replaceAll(/\{\{ (?!\(*limits\.).*?\}\}/g, ''), { limits: LIMITS });
  // Neither the number of an item nor where a link leads is a claim.
  return rendered.replaceAll(/^ *\d+\. /gm, '').replaceAll(/\]\([^)]*\)/g, ']');
}

/** Of each section of a page of the documents, by path and heading. */
export function numbersOfPages(): Numbers {
  const numbers: Numbers = {};
  for (const { path, source } of PAGES.filter((page) => page.path !== '/docs/changelog')) {
    for (const section of handwritten(read(join('website/app/docs', source))).split(/^(?=#+ )/m)) {
      const heading = /^#+ (.*)/.exec(section)?.[1] ?? '';
      const found = numbersIn(section.replace(/^#+ .*/, ''));
      if (found.length > 0) numbers[`${path} ${heading}`] = found;
    }
  }
  return numbers;
}
