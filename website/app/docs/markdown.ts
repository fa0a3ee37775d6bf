// Markdown to HTML for the documents: headings that can be linked to, tables that fit a phone, labelled code blocks.
// Knows nothing about the content of the pages.
import { Marked, type Tokens } from 'marked';

export interface Heading {
  id: string;
  html: string;
  depth: number;
}

export interface Rendered {
  html: string;
  /** In the order of the page; the first is its title. */
  headings: Heading[];
}

const LABELS: Record<string, string> = {
  sh: 'Shell',
  js: 'JavaScript',
  python: 'Python',
  go: 'Go',
  transcript: 'Transcript',
  text: 'Output',
  json: 'JSON',
};

/** Renders trusted Markdown; HTML in it passes through. */
export function renderMarkdown(markdown: string): Rendered {
  const headings: Heading[] = [];
  const taken = new Map<string, number>();
  const marked = new Marked({
    renderer: {
      heading({ tokens, text, depth }) {
        const id = unique(slug(text), taken);
        const html = this.parser.parseInline(tokens);
        headings.push({ id, html, depth });
        return `<h${depth} id="${id}">${html}${depth === 1 ? '' : ` <a class="anchor" href="#${id}" aria-label="Link to this section">#</a>`}</h${depth}>\n`;
      },
      code({ text, lang = '' }) {
        const [language = '', tag] = lang.split(' ');
        const label = tag === 'frame' ? 'Frame' : tag === 'answer' ? 'Response' : (LABELS[language] ?? language);
        const body = language === 'transcript' ? transcript(text) : escapeHtml(text);
        return `<figure class="code ${escapeHtml(language)}"><figcaption>${escapeHtml(label)}</figcaption><pre tabindex="0"><code>${body}</code></pre></figure>\n`;
      },
      table({ header, rows }) {
        const cell = ({ tokens }: Tokens.TableCell) => this.parser.parseInline(tokens);
        const labels = header.map(({ text }) => escapeHtml(text));
        const head = header.map((one) => `<th role="columnheader" scope="col">${cell(one)}</th>`).join('');
        const body = rows.map((row) => {
          const cells = row.map((one, index) => {
            const html = cell(one);
            const text = html.replace(/<[^>]+>/g, '').trim();
            // Short cells do not wrap. On a phone each cell has its own line, and cells with only a dash are hidden.
            const kind = text === '-' || html === '' ? ' class="empty"' : text.length <= 16 ? ' class="short"' : '';
            return `<td role="cell" data-label="${labels[index]}"${kind}><div>${html}</div></td>`;
          });
          return `<tr role="row">${cells.join('')}</tr>`;
        });
        // Explicit roles, because a table that CSS lays out as blocks loses its implicit ones.
        return `<table role="table"><thead role="rowgroup"><tr role="row">${head}</tr></thead><tbody role="rowgroup">${body.join('\n')}</tbody></table>\n`;
      },
    },
  });
  return { html: marked.parse(markdown, { async: false }), headings };
}

/** The id of a heading: the name in code that it begins with, `g1` for `G1 …`, or its words. */
function slug(text: string): string {
  const named = /^`([\w.]+)`/.exec(text)?.[1] ?? /^G\d\b/.exec(text)?.[0].toLowerCase();
  return (
    named ??
    text
      .toLowerCase()
      .replace(/[`*]/g, '')
      .replace(/[^\p{L}\p{N}]+/gu, '-')
      .replace(/^-|-$/g, '')
  );
}

function unique(id: string, taken: Map<string, number>): string {
  const before = taken.get(id) ?? 0;
  taken.set(id, before + 1);
  return before === 0 ? id : `${id}-${before + 1}`;
}

function transcript(text: string): string {
  const kinds: [RegExp, string][] = [
    [/^#/, 'note'],
    [/^\S+ > /, 'sent'],
    [/^\S+ < /, 'received'],
  ];
  const lines = text.split('\n').map((line) => {
    const kind = kinds.find(([pattern]) => pattern.test(line))?.[1] ?? 'event';
    return `<span class="${kind}">${escapeHtml(line)}\n</span>`;
  });
  return lines.join('');
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
