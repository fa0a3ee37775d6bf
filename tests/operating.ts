// The lines of OPERATING.md that the tests run. Runs nothing itself.

/** The line that backs up. Throws when there is not exactly one. */
export const backUpLine = (operating: string): string => only(operating, /^\(.*\bbackup\.ts\b.*\)$/gm);

/** The lines that restore, with `FILE` for the backup. Throws when they are not one block. */
export const restoreLines = (operating: string): string =>
  only(operating, /(?<=```sh\n)docker compose --profile replicas down &&\n[^`]*(?=```)/g);

/** The line that starts replicas, and the lines that restart them one after the other. Throws when they are not one block each. */
export const replicaLines = (operating: string): { start: string; restart: string } => ({
  start: only(operating, /^docker compose --profile replicas up .*$/gm),
  restart: only(operating, /(?<=```sh\n)for container in [^`]*(?=```)/g),
});

function only(text: string, form: RegExp): string {
  const found = text.match(form) ?? [];
  if (found.length !== 1) throw new Error(`OPERATING.md has ${found.length} times what ${form} finds.`);
  return found[0]!;
}
