// The code blocks of the documents, from the Markdown that the website renders.
import type { Page } from '@parlance/website/docs/pages.ts';
import { markdownOf } from '@parlance/website/docs/render.ts';
import { lexer, type Token } from 'marked';

export interface Block {
  /** `sh`, `js`, `python`, `json`, `text`, `transcript`; empty when the block is not tagged. */
  language: string;
  /** The word after the language. */
  tag: string;
  text: string;
  /** The heading above it. */
  section: string;
}

/** Every code block of a page, in order, with the address of the server at `url`. */
export function blocksOf(page: Page, url: string): Block[] {
  const blocks: Block[] = [];
  let section = '';
  const visit = (tokens: Token[]) => {
    for (const token of tokens) {
      if (token.type === 'heading') section = token.text;
      if (token.type === 'code') {
        const [language = '', tag = ''] = ((token.lang as string | undefined) ?? '').split(' ');
        blocks.push({ language, tag, text: withAddress(token.text, url), section });
      }
      if ('tokens' in token && token.tokens) visit(token.tokens);
      if ('items' in token) visit(token.items);
    }
  };
  visit(lexer(markdownOf(page)));
  return blocks;
}

const withAddress = (text: string, url: string) =>
  text.replaceAll('http://localhost:8080', url).replaceAll('ws://localhost:8080', url.replace('http', 'ws'));
