/** MISC_CHECK */
import type { CheckerWords, Told } from './told.ts';

export const miscWords: CheckerWords = (told) => {
  const { report, change, wasUp, hasRun, input } = told;
  if (change === 'up') return [line(told, 'succeeded')];
  const isForgiven = report.outcome === 'failed' && change === null && (wasUp || !hasRun);
  if (change !== 'down' && !(isForgiven && input.logAllFailures)) return [];
  if (report.code === 'PROCTOUT') return [line(told, `timed out${tries(told)}`)];
  const [reason = ''] = /^(exited with status|due to signal) \w+/.exec(report.detail) ?? [];
  return [line(told, `failed${tries(told)}${reason === '' ? '' : ` (${reason})`}`)];
};

function line({ rs, vs, input: { probe } }: Told, what: string): string {
  const program = probe.kind === 'misc' ? (probe.command[0] ?? '') : '';
  return `Misc check for [${rs} VS ${vs}] by [${program}] ${what}.`;
}

function tries({ input: { retry }, change, retriesUsed }: Told): string {
  const retries = `${retry} ${retry === 1 ? 'retry' : 'retries'}`;
  if (retry === 0) return ' with retry disabled';
  if (change === 'down') return ` after ${retries}`;
  return retriesUsed === 1 ? `, will do ${retries}` : ` on retry ${retriesUsed - 1}/${retry}`;
}
