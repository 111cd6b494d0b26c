/** The IPVS table of one router: it survives the daemon's process, and others may change it. */
import { ModelKernel } from '../../../src/effects/ipvs/kernel.fixture.ts';
import type { IpvsRequest } from '../../../src/effects/ipvs/request.ts';
import type { IpvsTable } from '../../../src/protocol/ipvs/table.ts';
import type { Meddling } from '../story/service-model.ts';
import { serverAddress, serverPort } from '../story/service-text.ts';

/** A server that no configuration has. */
const STRANGER = 250;
const REFUSAL = 'ENOMEM';

export class TableKernel {
  readonly model = new ModelKernel();
  /** Hears of every request of the daemon before it is carried out. */
  asked: (request: IpvsRequest) => void = () => {};
  #refusals = 0;
  /** Whether it has ever refused, for as long as the router lives. */
  hasRefused = false;

  get isRefusing(): boolean {
    return this.#refusals > 0;
  }

  refuse(by: 1 | -1): void {
    this.#refusals += by;
  }

  readonly perform = (requests: readonly IpvsRequest[]): readonly (string | null)[] => {
    if (this.isRefusing) {
      this.hasRefused ||= requests.length > 0;
      return requests.map(() => REFUSAL);
    }
    return requests.map((request) => {
      this.asked(request);
      const [answer = null] = this.model.perform([request]);
      this.model.sent.length = 0;
      return answer;
    });
  };

  snapshot(): IpvsTable {
    return new Map(
      [...this.model.services].map(([key, service]) => [
        key,
        { ...service, destinations: new Map(service.destinations) },
      ]),
    );
  }

  /** Weights by destination; null: no such service. */
  weightsOf(key: string): ReadonlyMap<string, number> | null {
    const service = this.model.services.get(key);
    if (service === undefined) return null;
    return new Map([...service.destinations].map(([name, { settings }]) => [name, settings.weight]));
  }

  /** The machine lost its power. */
  forget(): void {
    this.model.services.clear();
  }

  /** Somebody else does this to a service and one of its servers. */
  meddle(does: Meddling, key: string, server: number): void {
    const service = this.model.services.get(key);
    const address = serverAddress(server);
    const name = destinationName(server);
    const held = service?.destinations.get(name);
    switch (does) {
      case 'flush':
        this.model.services.clear();
        return;
      case 'deleteService':
        this.model.services.delete(key);
        return;
      case 'deleteServer':
        service?.destinations.delete(name);
        return;
      case 'reweigh':
        if (held !== undefined)
          service?.destinations.set(name, { ...held, settings: { ...held.settings, weight: 77 } });
        return;
      case 'addStranger':
        if (held !== undefined)
          service?.destinations.set(destinationName(STRANGER), {
            ...held,
            target: { ...held.target, address: address.replace(/\d+$/, String(STRANGER)) },
          });
    }
  }
}

export const destinationName = (number: number): string => `[${serverAddress(number)}]:${serverPort}`;
export const isStranger = (name: string): boolean => name === destinationName(STRANGER);
