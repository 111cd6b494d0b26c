/** Requests of an instance that goes on with another configuration. The context is still the former one. */
import { type VrrpContext, wireIdentity } from '../vrrp.context.ts';
import type { VrrpEvent, VrrpInternalEvent } from '../vrrp.events.ts';
import { afterReload, changesIdentity, objectChanges } from '../vrrp.reload.ts';
import { addingOf } from '../vrrp.requests.ts';
import { adjusted, heldBackWatch, revisedWatch, skewingWatch, type Watch } from '../vrrp.watches.ts';

type Args = { readonly context: VrrpContext; readonly event: VrrpEvent | VrrpInternalEvent };

/** A new ear and mouth, which know nothing yet of what was announced or watched. */
export const reopen = {
  type: 'openHeartbeat' as const,
  params: ({ context, event }: Args) =>
    context.started && changesIdentity(context, event)
      ? { identity: wireIdentity(afterReload(context, event)) }
      : null,
};
export const restoreSource = {
  type: 'setSourceAddress' as const,
  params: ({ context, event }: Args) =>
    context.started && context.sourceAddress !== null && changesIdentity(context, event)
      ? { address: context.sourceAddress }
      : null,
};
/** keepalived: a master goes on with an advert at once. */
export const announceAnew = {
  type: 'announce' as const,
  params: ({ context, event }: Args) => ({ priority: afterReload(context, event).effectivePriority }),
};

/** A watch that began anew with the ear; the time that had passed is lost. */
function watchAnew(of: (context: VrrpContext) => Watch) {
  return {
    type: 'watchMaster' as const,
    params: ({ context, event }: Args) =>
      changesIdentity(context, event) ? { ...of(afterReload(context, event)) } : null,
  };
}
export const watchAnewListening = watchAnew(revisedWatch);
export const watchAnewSkewing = watchAnew(skewingWatch);
export const watchAnewHeldBack = watchAnew(heldBackWatch);

function adjust(of: (context: VrrpContext) => Watch) {
  return {
    type: 'adjustWatch' as const,
    params: ({ context, event }: Args) => {
      if (changesIdentity(context, event)) return null;
      const [before, after] = [adjusted(of(context)), adjusted(of(afterReload(context, event)))];
      return JSON.stringify(before) === JSON.stringify(after) ? null : after;
    },
  };
}
export const adjustListening = adjust(revisedWatch);
export const adjustSkewing = adjust(skewingWatch);

export const removeGone = {
  type: 'removeVips' as const,
  params: ({ context, event }: Args) => objectChanges(context, event).gone,
};
export const addCome = {
  type: 'addVips' as const,
  params: ({ context, event }: Args) =>
    addingOf(objectChanges(context, event).come, afterReload(context, event).input),
};

function tellPriority(state: 'MASTER_PRIORITY' | 'BACKUP_PRIORITY') {
  return {
    type: 'notify' as const,
    params: ({ context, event }: Args) => {
      const { input, effectivePriority: priority } = afterReload(context, event);
      if (!input.notifyPriorityChanges || priority === context.effectivePriority) return null;
      return { scope: 'INSTANCE' as const, name: input.name, state, priority };
    },
  };
}
export const tellMasterPriority = tellPriority('MASTER_PRIORITY');
export const tellBackupPriority = tellPriority('BACKUP_PRIORITY');
