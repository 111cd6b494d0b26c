/** IPVS as a model: what the kernel does with requests, and what others do to its table. Used by tests only. */
import { destinationKey } from '../../protocol/ipvs/destination.ts';
import { targetKey } from '../../protocol/ipvs/service.ts';
import type { TableDestination, TableService } from '../../protocol/ipvs/table.ts';
import type { IpvsRequest } from './request.ts';

type Service = TableService & { readonly destinations: Map<string, TableDestination> };

export class ModelKernel {
  readonly services = new Map<string, Service>();
  /** Requests of each datagram. */
  readonly sent: IpvsRequest[][] = [];
  /** Entries that it refuses, whatever is asked, by errno name. */
  readonly refuses = new Map<string, string>();

  readonly perform = (requests: readonly IpvsRequest[]): readonly (string | null)[] => {
    this.sent.push([...requests]);
    return requests.map((request) => this.#one(request));
  };

  #one(request: IpvsRequest): string | null {
    if (request.does === 'flush') {
      this.services.clear();
      return null;
    }
    const key = targetKey(request.service);
    const service = this.services.get(key);
    const name = 'destination' in request ? destinationKey(request.destination) : '';
    const refusal = this.refuses.get(`${key} ${name}`);
    if (refusal !== undefined) return refusal;
    if (request.does === 'add') {
      if (service !== undefined) return 'EEXIST';
      this.services.set(key, {
        target: request.service,
        settings: request.settings,
        destinations: new Map(),
      });
      return null;
    }
    if (service === undefined) return 'ESRCH';
    const exists = service.destinations.has(name);
    switch (request.does) {
      case 'change':
        this.services.set(key, { ...service, settings: request.settings });
        return null;
      case 'remove':
        this.services.delete(key);
        return null;
      case 'removeDestination':
        return service.destinations.delete(name) ? null : 'ENOENT';
      case 'addDestination':
      case 'changeDestination': {
        if (exists !== (request.does === 'changeDestination')) return exists ? 'EEXIST' : 'ENOENT';
        service.destinations.set(name, { target: request.destination, settings: request.settings });
        return null;
      }
    }
    return null;
  }

  /** Each service with its destinations and their weights. */
  get table(): Readonly<Record<string, Readonly<Record<string, number>>>> {
    const weights = ({ destinations }: Service) =>
      Object.fromEntries([...destinations].map(([name, { settings }]) => [name, settings.weight]));
    return Object.fromEntries([...this.services].map(([key, service]) => [key, weights(service)]));
  }

  /** How many requests it has had. */
  get asked(): number {
    return this.sent.reduce((sum, requests) => sum + requests.length, 0);
  }
}
