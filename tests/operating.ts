// Finds the commands of OPERATING.md that the tests run. Runs nothing itself.

/** The backup command. Throws when there is not exactly one. */
export const backUpLine = (operating: string): string => only(operating, /^\(.*\bbackup\.ts\b.*\)$/gm);

/** The restore commands, with `FILE` for the backup. Throws when there is not exactly one block of them. */
export const restoreLines = (operating: string): string =>
  only(operating, /(?<=```sh\n)docker compose --profile replicas down &&\n[^`]*(?=```)/g);

/** The command that starts replicas, and the commands of a rolling restart. Throws when there is not exactly one of each. */
export const replicaLines = (operating: string): { start: string; restart: string } => ({
  start: only(operating, /^docker compose --profile replicas up .*$/gm),
  restart: only(operating, /(?<=```sh\n)for container in [^`]*(?=```)/g),
});

function only(text: string, form: RegExp): string {
  const found = text.match(form) ?? [];
  if (found.length !== 1) throw new Error(`OPERATING.md has ${found.length} matches of ${form}, not one.`);
  return found[0]!;
}
