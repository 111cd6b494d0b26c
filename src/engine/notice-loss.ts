/** In words: who was not told of something, or failed at it. For the log, the history tool and the page alike. */
import type { JsonObject } from '../protocol/json.ts';

/** Of a note `notice.lost`: `{channel, to, error}`. */
export function noticeLoss({ channel, to, error }: JsonObject): string {
  switch (channel) {
    case 'script':
      return `script '${String(to)}' failed: ${String(error)}`;
    case 'reader':
      return `notify fifo script '${String(to)}' terminated: ${String(error)}`;
    case 'mail':
      return `mail '${String(to)}' was not sent: ${String(error)}`;
    default:
      return `notify fifo ${String(to)}: ${String(error)}`;
  }
}

/** Of a note `notice.resumed`: `{to, lost}`. */
export function noticeResumption({ to, lost }: JsonObject): string {
  return `notify fifo ${String(to)} is read again, ${String(lost)} lines were lost`;
}
