// Makes the web addresses in a text clickable. Only http, https and www. become links; everything else stays text.
import { make } from './dom.ts';

const ADDRESS = /(?:\bhttps?:\/\/|(?<![\p{L}\p{N}@./_-])www\.)[^\s<>"'`\p{Cc}\p{Cf}]+/giu;
/** Punctuation that ends a sentence rather than an address. */
const TRAIL = new Set('.,:;!?…\'"*_~');
/** Each closing bracket with its opening bracket. */
const OPENS: ReadonlyMap<string, string> = new Map([
  [')', '('],
  [']', '['],
  ['}', '{'],
]);

/** The text as nodes. Links open in a new tab, without opener or referrer, and show the address as it was written. */
export function linkified(text: string): (Node | string)[] {
  const nodes: (Node | string)[] = [];
  let end = 0;
  for (const { index, address, url } of addressesIn(text)) {
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

/** The addresses in a text with their index and URL; takes time linear in the length of the text. */
export function* addressesIn(text: string): Generator<{ index: number; address: string; url: string }> {
  for (const { 0: found, index } of text.matchAll(ADDRESS)) {
    const address = withoutTrail(found);
    const url = /^www\./i.test(address) ? `https://${address}` : address;
    if (URL.canParse(url)) yield { index, address, url };
  }
}

/** The address without the punctuation that ends a sentence and without an unmatched closing bracket. */
function withoutTrail(address: string): string {
  const counts = new Map<string, number>();
  const count = (character: string) => counts.get(character) ?? 0;
  for (const character of address) counts.set(character, count(character) + 1);
  let end = address.length;
  for (; end > 0; end--) {
    const last = address[end - 1]!;
    const open = OPENS.get(last);
    if (open !== undefined && count(last) > count(open)) counts.set(last, count(last) - 1);
    else if (!TRAIL.has(last)) break;
  }
  return address.slice(0, end);
}
