/** SMTP_CHECK */
import { smtpReason } from '../../machines/checker/checker.mail.ts';
import { type CheckerWords, cannotRun, hasNoSocket, isToldOf } from './told.ts';

export const smtpWords: CheckerWords = (told) => {
  const { rs, report, change } = told;
  if (report.outcome === 'unable') {
    const what = hasNoSocket(told) ? 'connection failed to create socket.' : 'socket bind failed.';
    return [cannotRun('SMTP_CHECK', told), `SMTP_CHECK ${what} Rescheduling.`];
  }
  if (change === 'up') return [`Remote SMTP server ${rs} succeed on service.`];
  const { probe } = told.input;
  if (probe.kind !== 'smtp' || !isToldOf(told)) return [];
  return [`SMTP_CHECK ${smtpReason(probe, report, rs)}`];
};
