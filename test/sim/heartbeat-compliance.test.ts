import { VirtualClock } from '../../src/engine/virtual-clock.ts';
import { type HeartbeatHost, type HeartbeatLan, heartbeatCompliance } from '../compliance/heartbeat.ts';
import { SeededRandom } from './seeded-random.ts';
import { SimulatedHeartbeat } from './simulated-heartbeat.ts';
import { PERFECT_LAN, SimulatedLan } from './simulated-lan.ts';

const STEP_US = 1000;

function makeHost(clock: VirtualClock, lan: SimulatedLan, address: string): HeartbeatHost {
  const events: { actor: string; event: HeartbeatHost['events'][number]['event']; atUs: number }[] = [];
  const runs: HeartbeatHost['runs'][number][] = [];
  const service = new SimulatedHeartbeat({
    name: address,
    time: clock,
    interfaces: { eth0: lan },
    listener: {
      event: (actor, event) => events.push({ actor, event, atUs: clock.monotonicUs() }),
      run: (run) => runs.push(run),
    },
  });
  return {
    address,
    events,
    runs,
    open: (actor, identity) => service.open(actor, identity),
    close: (actor) => service.close(actor),
    setSource: (actor, source) => service.setSource(actor, source),
    announce: (actor, content) => service.announce(actor, content),
    stopAnnouncing: (actor) => service.stopAnnouncing(actor),
    sendOnce: (actor, content) => service.sendOnce(actor, content),
    watch: (actor, awaited, allowedUs, expectedIntervalUs) =>
      service.watch(actor, awaited, allowedUs, expectedIntervalUs),
    revise: (actor, content) => service.revise(actor, content),
    adjustWatch: (actor, awaited, allowedUs) => service.adjustWatch(actor, awaited, allowedUs),
    stopWatching: (actor) => service.stopWatching(actor),
    status: async (actor) => service.status(actor),
    pause: async () => service.pause(),
    resume: async () => service.resume(),
  };
}

async function simulatedLan(): Promise<HeartbeatLan> {
  const clock = new VirtualClock();
  const lan = new SimulatedLan(clock, new SeededRandom(1), {
    ...PERFECT_LAN,
    leastLatencyUs: 20,
    mostLatencyUs: 900,
  });
  const addresses = ['10.9.0.1', '10.9.0.2'];
  return {
    hosts: addresses.map((address) => makeHost(clock, lan, address)),
    mayStall: false,
    cut: async (index) => lan.partition([[addresses[index] ?? '']]),
    heal: async () => lan.heal(),
    elapse: async (us) => clock.advanceBy(us),
    until: async (what, condition, withinUs) => {
      const deadlineUs = clock.monotonicUs() + withinUs;
      while (!(await condition())) {
        if (clock.monotonicUs() > deadlineUs) throw new Error(`did not come within ${withinUs} us: ${what}`);
        clock.advanceBy(STEP_US);
      }
    },
    remove: async () => {},
  };
}

heartbeatCompliance('simulated LAN', simulatedLan);
