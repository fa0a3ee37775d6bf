// The documentation for language models: the Markdown address of each page, and /llms.txt, the list of them in the form
// of llmstxt.org. Says nothing that a page does not say.
import type { Entry, Page } from './pages.ts';
import { markdownOf } from './render.ts';

/** The path of the Markdown form of a page. */
export const markdownPath = ({ path }: Pick<Page, 'path'>): string =>
  path === '/docs' ? '/docs/index.md' : `${path}.md`;

/** The text of llms.txt. The server's address in it is `http://localhost:8080`. */
export function llmsText(pages: readonly Page[], sidebar: readonly { name: string; entries: Entry[] }[]): string {
  const byPath = new Map(pages.map((page) => [page.path, page]));
  const groups = sidebar.map(({ name, entries }) => {
    const listed = entries.flatMap((entry) => entry.below ?? [entry]).flatMap(({ path }) => byPath.get(path!) ?? []);
    return `## ${name}\n\n${listed.map(line).join('\n')}`;
  });
  return `# Parlance

> ${firstSentence(markdownOf(byPath.get('/docs')!))} Programs use the same HTTP and WebSocket interfaces as its own pages.

Each page below is Markdown. Commands and code in them work against this server, http://localhost:8080.

${groups.join('\n\n')}

## Contract files

- [openapi.json](http://localhost:8080/docs/openapi.json): the HTTP interface (OpenAPI 3.1)
- [asyncapi.json](http://localhost:8080/docs/asyncapi.json): the socket (AsyncAPI 3)
- [problems.json](http://localhost:8080/docs/problems.json): every error code
- [close-codes.json](http://localhost:8080/docs/close-codes.json): every close code
- [limits.json](http://localhost:8080/docs/limits.json): every limit
`;
}

const line = (page: Page): string =>
  `- [${page.name}](http://localhost:8080${markdownPath(page)}): ${page.about ?? firstSentence(markdownOf(page))}`;

/** The first sentence of the first paragraph below the title, without links. */
function firstSentence(markdown: string): string {
  const paragraph = markdown.split(/\n\s*\n/)[1] ?? '';
  const text = paragraph.replace(/\[([^\]]+)\]\([^)]*\)/g, '$1').replace(/\s+/g, ' ');
  return /^.*?[.:](?= |$)/.exec(text)?.[0] ?? text;
}
