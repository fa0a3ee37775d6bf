// Makes the web addresses in a text clickable, and nothing else: whatever is not http, https or www. stays text.
import { make } from './dom.ts';

const ADDRESS = /(?:\bhttps?:\/\/|(?<![\p{L}\p{N}@./_-])www\.)[^\s<>"'`\p{Cc}\p{Cf}]+/giu;

/** The text as nodes: links open apart, tell the other site nothing, and are text in every other respect. */
export function linkified(text: string): (Node | string)[] {
  const nodes: (Node | string)[] = [];
  let end = 0;
  for (const { 0: found, index } of text.matchAll(ADDRESS)) {
    const address = withoutTrail(found);
    const url = /^www\./i.test(address) ? `https://${address}` : address;
    if (!URL.canParse(url)) continue;
    const link = make('a', '', address);
    link.href = url;
    link.target = '_blank';
    link.rel = 'noopener noreferrer nofollow ugc';
    nodes.push(text.slice(end, index), link);
    end = index + address.length;
  }
  nodes.push(text.slice(end));
  return nodes;
}

/** Without the punctuation that ends a sentence, and a closing bracket that nothing in the address opened. */
function withoutTrail(address: string): string {
  const trimmed = address.replace(/[.,:;!?…'"*_~]+$/u, '');
  const last = trimmed.at(-1)!;
  const open = { ')': '(', ']': '[', '}': '{' }[last];
  if (!open || trimmed.split(open).length >= trimmed.split(last).length) return trimmed;
  return withoutTrail(trimmed.slice(0, -1));
}
