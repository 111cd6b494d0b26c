/** Notices: what people and programs outside are told of transitions. */
import type { ActorId } from '../engine/types.ts';
import type { Notice, ServerMail, ServerNotice } from '../machines/signals.ts';

export interface NoticeExecutor {
  /** Returns at once. A notice that cannot be delivered is somebody's loss, never a reason to fail. `cause`: its row. */
  notify(notice: Notice, cause: number): void;
}

/** The same of real and virtual servers, which are known by their actors. */
export interface ServerNoticeExecutor {
  notifyServer(actor: ActorId, notice: ServerNotice, cause: number): void;
  /** Returns at once. */
  mailServer(mail: ServerMail): void;
}

/** Nobody to tell. */
export const NO_NOTICES: NoticeExecutor = { notify: () => {} };
