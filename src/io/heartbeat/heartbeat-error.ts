/** Why adverts cannot be heard or sent on an interface. The message is one line for the operator. */
export class HeartbeatError extends Error {
  readonly interfaceName: string;

  constructor(interfaceName: string, message: string) {
    super(`VRRP on ${interfaceName}: ${message}`);
    this.name = 'HeartbeatError';
    this.interfaceName = interfaceName;
  }
}
