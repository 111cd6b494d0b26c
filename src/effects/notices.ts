/** Notices: what people and programs outside are told of transitions. */
import type { Notice } from '../machines/signals.ts';

export interface NoticeExecutor {
  /** Returns at once. A notice that cannot be delivered is somebody's loss, never a reason to fail. `cause`: its row. */
  notify(notice: Notice, cause: number): void;
}

/** Nobody to tell. */
export const NO_NOTICES: NoticeExecutor = { notify: () => {} };
