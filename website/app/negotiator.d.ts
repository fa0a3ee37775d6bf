// The part of negotiator that is used here; its published types lack `preferred`.
declare module 'negotiator' {
  export default class Negotiator {
    constructor(request: { headers: { readonly [name: string]: string | readonly string[] | undefined } });
    /** The best of `available` by Accept-Encoding, among equals the first of `preferred`; undefined: none. */
    encoding(available: readonly string[], options: { preferred: readonly string[] }): string | undefined;
  }
}
