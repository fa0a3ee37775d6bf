// The part of negotiator that is used here; its published types lack `preferred`.
declare module 'negotiator' {
  export default class Negotiator {
    constructor(request: { headers: { readonly [name: string]: string | readonly string[] | undefined } });
    /** Of `available` what Accept-Encoding likes best, among equals the first of `preferred`; undefined: nothing. */
    encoding(available: readonly string[], options: { preferred: readonly string[] }): string | undefined;
  }
}
