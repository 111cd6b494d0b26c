/** What trackers ask for: to look at something, each by the service that can. */
import type { ActorId, EffectExecutor } from '../engine/types.ts';
import type { TrackerEffect } from '../machines/tracker/tracker.effects.ts';
import type { FileSource, ProcessSource, TrackerSource } from '../machines/tracker/tracker.input.ts';
import { unknownEffect } from './heartbeats.ts';
import type { ScriptRuns } from './script-runs.ts';

/** Looks at one kind of thing for actors, and posts what it finds by itself. */
export interface Observer<S> {
  observe(actor: ActorId, source: S): void;
  stop(actor: ActorId): void;
}

export interface TrackerParts {
  readonly scripts: Pick<ScriptRuns, 'observe' | 'expect' | 'stop'>;
  readonly files: Observer<FileSource>;
  readonly processes: Observer<ProcessSource>;
  readonly links: Observer<string> & {
    /** The interface counts as up, or down, for the instances on it. */
    settle(name: string, up: boolean): void;
  };
}

export function createTrackerExecutor(parts: TrackerParts): EffectExecutor {
  const looking = new Map<ActorId, TrackerSource['kind']>();

  const observe = (actor: ActorId, source: TrackerSource): void => {
    looking.set(actor, source.kind);
    switch (source.kind) {
      case 'script':
        parts.scripts.observe(actor, source);
        return;
      case 'file':
        parts.files.observe(actor, source);
        return;
      case 'process':
        parts.processes.observe(actor, source);
        return;
      case 'interface':
        parts.links.observe(actor, source.interface);
        return;
      case 'bfd':
        // The session tells by itself.
        return;
      default:
        unknownEffect(source);
    }
  };

  const stop = (actor: ActorId): void => {
    const kind = looking.get(actor);
    looking.delete(actor);
    if (kind === 'script') parts.scripts.stop(actor);
    else if (kind === 'file') parts.files.stop(actor);
    else if (kind === 'process') parts.processes.stop(actor);
    else if (kind === 'interface') parts.links.stop(actor);
  };

  return {
    perform(actor, effect) {
      const asked = effect as TrackerEffect;
      switch (asked.type) {
        case 'observe':
          observe(actor, asked.params.source);
          return;
        case 'stopObserving':
          stop(actor);
          return;
        case 'expectResult':
          parts.scripts.expect(actor, asked.params.result);
          return;
        case 'settleLink':
          parts.links.settle(asked.params.interface, asked.params.up);
          return;
        default:
          unknownEffect(asked);
      }
    },
  };
}
