// The released versions of the contract: their files under addresses of their own, and the feed of their changes (Atom,
// RFC 4287). Reads what `npm run release` has written; never the working copy of the contract.
import { readdirSync, readFileSync } from 'node:fs';
import { renderMarkdown } from './markdown.ts';

const specs = new URL('../../../specs/', import.meta.url);
const released = new URL('releases/', specs);

/** The released versions, newest first. */
export const versions = (): string[] =>
  readdirSync(released)
    .filter((name) => /^\d+\.\d+\.\d+$/.test(name))
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));

/** The files of a released version, name to text. */
export function filesOf(version: string): Map<string, string> {
  const folder = new URL(`${version}/`, released);
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(new URL(name, folder), 'utf8')]));
}

/** The changes of each released version as an Atom feed. The server's address in it is `http://localhost:8080`. */
export function changelogFeed(changelog = readFileSync(new URL('CHANGELOG.md', specs), 'utf8')): string {
  const site = 'http://localhost:8080/docs';
  const entries = Array.from(
    changelog.matchAll(/^## (\d+\.\d+\.\d+) – (\d{4}-\d\d-\d\d)\n([\s\S]*?)(?=^## |(?![\s\S]))/gm),
    ([, version = '', day = '', text = '']) => ({ version, updated: `${day}T00:00:00Z`, text }),
  );
  const link = (version: string, updated: string) =>
    `${site}/changelog#${`${version}-${updated.slice(0, 10)}`.replaceAll('.', '-')}`;
  return `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
 <id>${site}/changelog.atom</id>
 <title>Changes of the Parlance contract</title>
 <updated>${entries[0]?.updated}</updated>
 <author><name>Parlance</name></author>
 <link rel="self" type="application/atom+xml" href="${site}/changelog.atom"/>
 <link rel="alternate" type="text/html" href="${site}/changelog"/>
${entries
  .map(
    ({ version, updated, text }) => ` <entry>
  <id>${site}/changelog/${version}</id>
  <title>${version}</title>
  <updated>${updated}</updated>
  <link rel="alternate" type="text/html" href="${link(version, updated)}"/>
  <content type="html">${escapeXml(renderMarkdown(text).html)}</content>
 </entry>`,
  )
  .join('\n')}
</feed>
`;
}

const escapeXml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
