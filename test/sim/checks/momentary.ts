/** What holds at every moment: between two events of a router nothing of it may contradict itself. */
import type { JournalRow } from '../../../src/engine/types.ts';
import type { Lan } from '../story/model.ts';
import { virtualAddresses } from '../story/text-blocks.ts';
import { advertOf } from '../world/advert-bytes.ts';
import type { Host } from '../world/host.ts';
import type { Spectator, World } from '../world/world.ts';
import { mostRows } from './storm.ts';
import { actorOf, heldBy } from './truth.ts';
import { protocolPath, roleOf, viewOf } from './views.ts';
import type { Violations } from './violations.ts';

/** Chart states in which nothing is asked of the kernel. */
const AT_REST = ['absent', 'inherited', 'held', 'incomplete', 'untidy', 'stuck', 'unknown'];

/** Far below any bound: most seconds have no more. */
const FEW_ROWS = 50;

/** It has read what came while it did not run. */
function hasCaughtUp({ life, clock }: Host): boolean {
  return life === null || (!life.isPaused && clock.monotonicUs() - life.resumedUs > 1_000_000);
}

interface Expected {
  readonly host: Host;
  readonly actor: string;
  readonly key: string;
  readonly sentBefore: number;
}

export class Momentary implements Spectator {
  readonly #world: World;
  readonly #violations: Violations;
  readonly #roles = new Map<string, string>();
  /** Resignations that were sent, by router, LAN, family and VRID. */
  readonly #resigned = new Map<string, number>();
  #mustHaveResigned: Expected[] = [];
  readonly #dirty = new Set<Host>();
  /** Rows of each router in the present second. */
  readonly #rows = new Map<Host, number>();
  /** Adverts that came while a router did not run: it reads them all at once. */
  readonly #unread = new Map<Host, number>();
  #second = 0;

  constructor(world: World, violations: Violations) {
    this.#world = world;
    this.#violations = violations;
  }

  row(host: Host, row: JournalRow): void {
    this.#dirty.add(host);
    const { actor, kind } = row;
    this.#count(host);
    if (kind === 'crash')
      this.#violations.add(
        'no crash',
        `${host.name} ${actor}`,
        `${row.event.type}: ${String(row.delta.error)}`,
      );
    if (row.event.type === 'inbox.overflowed')
      this.#violations.add('no overflow', host.name, 'facts were dropped');
    if (!actor.startsWith('vrrp/')) return;
    const key = `${host.name}#${host.lives.length} ${actor}`;
    const before = this.#roles.get(key);
    const role = roleOf(row.state);
    this.#roles.set(key, role);
    if (before === 'master' && role !== 'master') this.#leaves(host, actor, role, row);
    if (role === 'master' && before !== 'master' && before !== undefined) this.#announces(host, row);
    if (role === 'master' && row.event.type === 'advert.received') this.#answers(host, row);
  }

  sent(host: Host, lan: Lan, packet: Uint8Array): void {
    const { family, vrid, priority } = advertOf(packet);
    if (priority !== 0) return;
    const key = `${host.index} ${lan} ${family} ${vrid}`;
    this.#resigned.set(key, (this.#resigned.get(key) ?? 0) + 1);
  }

  heard(host: Host): void {
    if (host.life?.isPaused === true) this.#unread.set(host, (this.#unread.get(host) ?? 0) + 1);
  }

  befell(): void {
    for (const host of this.#world.hosts) this.#dirty.add(host);
  }

  stepped(): void {
    for (const { host, actor, key, sentBefore } of this.#mustHaveResigned.splice(0)) {
      if ((this.#resigned.get(key) ?? 0) > sentBefore) continue;
      this.#violations.add(
        'resigns',
        `${host.name} ${actor}`,
        'left mastership without an advert of priority 0',
      );
    }
    for (const host of this.#dirty) this.#look(host);
    this.#dirty.clear();
    for (const { name, leftBehind } of this.#world.hosts)
      if (leftBehind !== null)
        this.#violations.add('leaves nothing behind', name, `was stopped and left ${leftBehind}`);
  }

  /** Routers that answer each other's answers would do nothing else any more. */
  #count(host: Host): void {
    const second = Math.floor(this.#world.time.monotonicUs() / 1_000_000);
    if (this.#second !== second) {
      this.#rows.clear();
      for (const each of [...this.#unread.keys()]) if (hasCaughtUp(each)) this.#unread.delete(each);
    }
    this.#second = second;
    const rows = (this.#rows.get(host) ?? 0) + 1;
    this.#rows.set(host, rows);
    if (rows < FEW_ROWS) return;
    const most = mostRows(this.#world.story, host, this.#unread.get(host) ?? 0);
    if (rows > most) this.#violations.add('no storm', host.name, `more than ${most} rows in a second`);
  }

  /** RFC 9568 section 6.4.3: who ends mastership by itself says so, who yields to a better one does not. */
  #leaves(host: Host, actor: string, role: string, row: JournalRow): void {
    const instance = host.life?.config.instances.find((each) => actorOf(each) === actor);
    if (instance === undefined) return;
    const byItself = role === 'fault' || role === 'initialize' || row.event.type === 'object.deleted';
    const source = viewOf(host.life, actor)?.sourceAddress;
    if (!byItself || source === null || row.kind === 'crash') return;
    // What its own address is gone with cannot be sent from it any more.
    if (row.event.type === 'source.lost') return;
    const key = `${host.index} ${instance.lan} ${instance.family} ${instance.vrid}`;
    this.#mustHaveResigned.push({ host, actor, key, sentBefore: this.#resigned.get(key) ?? 0 });
  }

  /** A new master says so at once, and before it asks for its addresses. */
  #announces(host: Host, row: JournalRow): void {
    const types = row.effects.map(({ type }) => type);
    const [announced, added] = [types.indexOf('announce'), types.indexOf('addVips')];
    if (announced === -1)
      this.#violations.add('announces', `${host.name} ${row.actor}`, 'a master that says nothing');
    else if (added !== -1 && added < announced)
      this.#violations.add('announces', `${host.name} ${row.actor}`, 'the addresses come before the advert');
  }

  /** Mastership was contested and kept: the LAN has to be told again where the addresses are (garp_lower_prio_repeat). */
  #answers(host: Host, row: JournalRow): void {
    const instance = host.life?.config.instances.find((each) => actorOf(each) === row.actor);
    const { priority, source } = row.event as { priority?: number; source?: string };
    const own = viewOf(host.life, row.actor);
    if (instance === undefined || own === null || priority === 0 || (instance.lowerPriorityGarps ?? 1) === 0)
      return;
    if (source === own.sourceAddress || protocolPath(row.state) !== 'master') return;
    const isTold = row.effects.some(({ type }) => type === 'sendGratuitousArps');
    if (!isTold)
      this.#violations.add('answers', `${host.name} ${row.actor}`, 'contested, and the LAN is not told');
  }

  #look(host: Host): void {
    const { life } = host;
    if (life === null || life.isPaused || life.underWay > 0) return;
    for (const instance of life.config.instances) {
      const actor = actorOf(instance);
      const view = viewOf(life, actor);
      if (view === null || view.crashed) continue;
      const held = heldBy(host, instance);
      const who = `${host.name} ${actor}`;
      const isIdle = life.executor.waiting(actor) === 0;
      if (view.addresses === 'absent' && held.length > 0)
        this.#violations.add(
          'table is as charted',
          who,
          `holds ${held.join()}, which its chart calls absent`,
        );
      if (view.addresses === 'held' && view.role !== 'master')
        this.#violations.add('only a master holds', who, `is ${view.role} and its chart says that it holds`);
      if (!isIdle) continue;
      if (!AT_REST.includes(view.addresses))
        this.#violations.add('has asked', who, `is ${view.addresses}, and the kernel is asked for nothing`);
      if (view.addresses === 'held' && held.length < virtualAddresses(instance).length)
        this.#violations.add(
          'table is as charted',
          who,
          `lacks addresses, and its chart says that it holds them`,
        );
      if (view.role === 'master' && ['absent', 'stuck'].includes(view.addresses))
        this.#violations.add('a master holds', who, `is master, and its addresses are ${view.addresses}`);
    }
    this.#agree(host);
  }

  /** A decision of a group has reached all of its members before anything else happens. */
  #agree(host: Host): void {
    for (const { name, members } of host.life?.config.groups ?? []) {
      const roles = members.map((member) => viewOf(host.life, `vrrp/${member}`)?.role ?? 'none');
      const masters = roles.filter((role) => role === 'master').length;
      if (masters > 0 && masters < roles.length)
        this.#violations.add('a group agrees', `${host.name} group/${name}`, roles.join(' '));
    }
  }
}
