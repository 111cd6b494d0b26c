/** What Debian's keepalived package brings along: read where it is installed, never kept here. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const SAMPLES = '/usr/share/doc/keepalived/samples';
const MANUAL_PAGE = '/usr/share/man/man5/keepalived.conf.5.gz';

/** A configuration to be judged. */
export interface Sample {
  readonly name: string;
  readonly text: string;
}

/** The sample configurations, in the order of their names. */
export function samples(): Sample[] {
  const names = readdirSync(SAMPLES).filter((name) => name.startsWith('keepalived.conf'));
  return names.sort().map((file) => ({
    name: file.replace(/^keepalived\.conf\./, '').replace(/\.gz$/, ''),
    text: readText(join(SAMPLES, file)),
  }));
}

/** Source of keepalived.conf(5). */
export function manualPage(): string {
  return readText(MANUAL_PAGE);
}

function readText(path: string): string {
  const content = readFileSync(path);
  return (path.endsWith('.gz') ? gunzipSync(content) : content).toString();
}
