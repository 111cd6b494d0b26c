import { type HeartbeatLan, heartbeatCompliance } from '../compliance/heartbeat.ts';
import { BridgedLan } from '../support/namespaces.ts';
import { RemoteHeartbeat } from '../support/remote-heartbeat.ts';
import { pause, until } from '../support/until.ts';

async function realLan(): Promise<HeartbeatLan> {
  const lan = new BridgedLan(['10.9.0.1', '10.9.0.2']);
  const services = lan.hosts.map((_host, index) => new RemoteHeartbeat(lan.inside(index)));
  const remove = async () => {
    await Promise.all(services.map((service) => service.stop()));
    lan.remove();
  };
  try {
    await Promise.all(services.map((service) => service.ready()));
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    hosts: services.map((service, index) =>
      Object.assign(service, { address: lan.hosts[index]?.address ?? '' }),
    ),
    cut: (index) => lan.cut(index),
    heal: (index) => lan.heal(index),
    elapse: (us) => pause(us / 1000),
    until: (what, condition, withinUs) => until(what, condition, withinUs / 1000),
    remove,
  };
}

heartbeatCompliance('raw sockets in network namespaces', realLan);
