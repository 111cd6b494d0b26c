/** Tells what this program deletes from what somebody else deletes: netlink tells both alike. */
import type { ObjectExecutor } from '../effects/kernel-objects.ts';
import type { AddressChange } from '../io/addresses.ts';
import { type GoneObject, includesGone, type KernelObjects } from '../machines/kernel-objects.ts';

/** Set on what is deleted at the request of this program. */
export type OwnMark = { readonly own?: true };

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export class OwnRemovals {
  readonly #underWay = new Set<KernelObjects>();

  marked<T extends GoneObject>(gone: T): T & OwnMark {
    return this.#isOwn(gone) ? { ...gone, own: true } : gone;
  }

  address<T extends AddressChange>(change: T): T & OwnMark {
    const { interface: name, address } = change;
    return change.change === 'deleted' && this.#isOwn({ object: 'address', interface: name, address })
      ? { ...change, own: true }
      : change;
  }

  /** The same executor. `hear` makes the kernel's tables tell what they have told so far: all of that comes before the answer. */
  of(
    executor: Pick<ObjectExecutor, 'add' | 'remove'>,
    hear: () => void,
  ): Pick<ObjectExecutor, 'add' | 'remove'> {
    return {
      add: (objects) => executor.add(objects),
      remove: async (objects) => {
        this.#underWay.add(objects);
        try {
          const outcome = await executor.remove(objects);
          // The answer may have come inside a native callback, where nothing that is heard may fail.
          await nextTurn();
          hear();
          return outcome;
        } finally {
          this.#underWay.delete(objects);
        }
      },
    };
  }

  #isOwn(gone: GoneObject): boolean {
    return [...this.#underWay].some((objects) => includesGone(objects, gone));
  }
}
